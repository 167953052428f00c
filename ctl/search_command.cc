#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/range.h"
#include "ctl/render_agenda.h"
#include "ctl/when.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

struct Options {
    std::vector<std::string> words;
    RangeOptions range;
    std::optional<int> limit;
    std::optional<std::string> person;
    std::optional<std::string> order;
};

Result<json> SearchRequest(const Options& options, UtcTime now, const LocalTime& zone) {
    json request = {{"time_zone", zone.zone_name()}};
    std::string text;
    for (const std::string& word : options.words) text += (text.empty() ? "" : " ") + word;
    request["text"] = text;
    if (options.range.from) {
        const auto from = ParseWhen(*options.range.from, now, zone);
        if (!from) return from.error();
        request["from"] = FormatUtc(*from);
    }
    if (options.range.to) {
        const auto to = ParseWhen(*options.range.to, now, zone);
        if (!to) return to.error();
        request["to"] = FormatUtc(*to);
    }
    if (options.limit) request["limit"] = *options.limit;
    if (options.person) request["person"] = *options.person;
    if (options.order) request["order"] = *options.order;
    if (!options.range.calendars.empty()) request["calendars"] = options.range.calendars;
    return request;
}

Outcome RunSearch(Session& session, const Options& options) {
    auto zone = OpenZone(session, options.range.zone);
    if (!zone) return zone.error();
    const View view = MakeView(session, *zone);
    const auto request = SearchRequest(options, view.now, *zone);
    if (!request) return request.error();
    const auto answer = session.service.Invoke("SearchEvents", *request);
    if (!answer) return answer.error();
    if (session.output.json()) {
        session.output.Json(*answer);
        return ExitCode::kDone;
    }
    const json calendars = CalendarsForNames(session.service);
    NoteStale(session, *answer, calendars, view);
    session.output.Text(RenderSearch(*answer, CalendarBook(calendars), view));
    return ExitCode::kDone;
}

}  // namespace

void AddSearchCommand(Command parent, Chosen& chosen) {
    Command command = parent.AddCommand("search", "Full text over titles, places, people");
    auto options = std::make_shared<Options>();
    command.AddOption("TEXT", options->words, "Words, \"a phrase\" or the beginning of one*")
        .Required();
    command.AddOption("--from", options->range.from, "Only what happens from then on");
    command.AddOption("--to", options->range.to, "Only what happens before then");
    command.AddOption("--limit", options->limit, "At most so many events").Between(1, 10'000);
    command.AddOption("--person", options->person, "Only with this organizer or attendee");
    command.AddOption("--order", options->order, "What comes first (default: nearest to now)")
        .OneOf({"nearest", "newest", "best"});
    AddCalendarOption(command, options->range);
    AddZoneOption(command, options->range);
    command.GiveExample("kamilictl search review --from today");
    command.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return RunSearch(session, *options); };
    });
}

}  // namespace kamili::ctl
