#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "ctl/command_table.h"
#include "ctl/fields.h"
#include "ctl/progress.h"
#include "ctl/render_event.h"
#include "ctl/render_status.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

// Long enough for the daemon to say that it does not know an account.
constexpr std::chrono::milliseconds kHandOver{1000};

struct SyncOptions {
    std::vector<std::string> accounts;
    bool full = false;
    bool no_wait = false;
};

Result<json> SyncRequest(Session& session, const SyncOptions& options) {
    json request = json::object();
    json ids = json::array();
    for (const std::string& text : options.accounts) {
        const auto account = FindAccount(session.service, text);
        if (!account) return account.error();
        ids.push_back(TextField(*account, "id"));
    }
    if (!ids.empty()) request["accounts"] = std::move(ids);
    if (options.full) request["full"] = true;
    return request;
}

// Fields that belong to the other kind of line come as null.
json WithoutNulls(const json& part) {
    json kept = json::object();
    for (const auto& [name, value] : part.items())
        if (!value.is_null()) kept[name] = value;
    return kept;
}

class SyncRun {
  public:
    explicit SyncRun(Session& session) : session_(session), pace_(session.clock) {
        if (!session.output.json()) book_ = CalendarBook(CalendarsForNames(session.service));
    }

    Outcome Run(const json& request) {
        const auto ended = session_.service.Stream("Sync", request, [this](const json& part, bool) {
            OnPart(part);
            return true;
        });
        if (!ended) return ended.error();
        auto zone = OpenZone(session_, std::nullopt);
        if (!zone) return zone.error();
        // New calendars may have come with the pass.
        if (!session_.output.json())
            session_.output.Text(RenderSync(last_,
                                            CalendarBook(CalendarsForNames(session_.service)),
                                            MakeView(session_, *zone)));
        return ExitCodeForOutcome(TextField(last_, "outcome"));
    }

  private:
    void OnPart(const json& part) {
        if (session_.output.json()) session_.output.Json(WithoutNulls(part));
        last_ = part;
        if (TextField(part, "event") != "progress") return;
        const std::string calendar = TextField(part, "calendar_id");
        events_[calendar] = NumberField(part, "events");
        std::int64_t all = 0;
        for (const auto& [id, events] : events_) all += events;
        // No provider says how many there are, so there is no end to tell.
        session_.output.Progress(
            book_.Find(calendar).name + ": " + Counted(NumberField(part, "pages"), "page") + ", " +
            Counted(events_[calendar], "event") + "; " + Counted(all, "event") + " in all" +
            PaceWords(pace_.Read(all, std::nullopt), "events"));
    }

    Session& session_;
    Pace pace_;
    std::map<std::string, std::int64_t> events_;  // by calendar
    CalendarBook book_;
    json last_ = json::object();
};

Outcome RunSync(Session& session, const SyncOptions& options) {
    const auto request = SyncRequest(session, options);
    if (!request) return request.error();
    if (!options.no_wait) return SyncRun(session).Run(*request);
    if (auto started = session.service.Start("Sync", *request, kHandOver); !started)
        return started.error();
    if (session.output.json()) session.output.Json({{"event", "started"}});
    session.output.Confirm("The sync goes on in the background; kamilictl status shows it.\n");
    return ExitCode::kDone;
}

}  // namespace

void AddSyncCommand(Command parent, Chosen& chosen) {
    Command command = parent.AddCommand("sync", "Fetch what is new, now");
    auto options = std::make_shared<SyncOptions>();
    command.AddOption("ACCOUNT", options->accounts, "Ids or addresses; all accounts if left out");
    command.AddFlag("--full", options->full, "List everything again from the beginning");
    command.AddFlag("--no-wait", options->no_wait, "Do not wait for the end");
    command.GiveExample("kamilictl sync me@example.org");
    command.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return RunSync(session, *options); };
    });
}

}  // namespace kamili::ctl
