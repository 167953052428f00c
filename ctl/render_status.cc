#include "ctl/render_status.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "ctl/calendar_book.h"
#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/span.h"
#include "ctl/table.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

constexpr std::size_t kNameColumns = 15;  // "provider's id  "

// "asked to wait; next try in 3 min", or nothing when all is well.
std::string Trouble(const json& calendar, const View& view) {
    const std::string state = TextField(calendar, "state");
    std::string text = Clean(TextField(calendar, "reason"));
    const auto next = TimeField(calendar, "next_attempt");
    if (next && (state == "offline" || state == "throttled" || state == "error"))
        text += (text.empty() ? "next try " : "; next try ") + Until(*next, view.now);
    if (const auto held = NumberField(calendar, "held_events"); held > 0)
        text += (text.empty() ? "" : "; ") + Counted(held, "event") +
                " gone at the provider, kept until that is certain";
    if (const auto bad = NumberField(calendar, "bad_events"); bad > 0)
        text += (text.empty() ? "" : "; ") + Counted(bad, "event") + " could not be read whole";
    return text;
}

std::string LastSync(const json& calendar, const View& view) {
    if (TextField(calendar, "state") == "disabled") return "";
    const auto last = TimeField(calendar, "last_complete_sync");
    return last ? "synced " + Ago(*last, view.now) : "never synced";
}

Row CalendarRow(const json& calendar, const CalendarBook& book, const View& view) {
    const CalendarName name = book.Find(TextField(calendar, "id"));
    const std::string state = TextField(calendar, "state");
    const bool disabled = state == "disabled";
    return {
        {.text = name.letter, .color = name.color},
        {.text = name.name},
        {.text = Clean(StateWords(state)), .ink = StateInk(state)},
        {.text = disabled ? "" : Counted(NumberField(calendar, "events"), "event"), .right = true},
        {.text = LastSync(calendar, view), .ink = Ink::kDim},
        {.text = Trouble(calendar, view)}};
}

std::string AccountName(const json& account) {
    const std::string label = Clean(TextField(account, "label"));
    const std::string address = Clean(TextField(account, "address"));
    return label.empty() ? address : label + " (" + address + ")";
}

std::string AccountHeading(const json& account, const Look& look) {
    const std::string state = TextField(account, "state");
    std::string line = Paint(look, Ink::kBold, AccountName(account));
    line += "  " + Clean(TextField(account, "provider"));
    line += "  " + Paint(look, StateInk(state), Clean(StateWords(state)));
    line += "  " + Paint(look, Ink::kDim, Clean(TextField(account, "id"))) + "\n";
    const std::string reason = Clean(TextField(account, "reason"));
    if (!reason.empty()) line += "  " + reason + "\n";
    if (state == "needs_sign_in" || state == "insufficient_scope")
        line += "  " + std::string(look.arrow()) + " kamilictl account reauth " +
                Clean(TextField(account, "id")) + "\n";
    return line;
}

std::string DaemonLine(const json& status, const View& view) {
    const json& daemon = ObjectField(status, "daemon");
    const json& store = ObjectField(status, "store");
    const std::string state = TextField(daemon, "state");
    const std::string name = "kamilid " + Clean(TextField(daemon, "version"));
    const std::string state_words = Clean(StateWords(state));
    std::string up;
    if (const auto started = TimeField(daemon, "started"))
        up = "  up " + Span(std::max(view.now - *started, UtcTime::duration(0)));
    // As wide as the line, which may be painted.
    const std::string words = name + "  " + state_words + up;
    std::string line = Paint(view.look, Ink::kBold, name);
    line += "  " + Paint(view.look, StateInk(state), state_words) + up;
    if (FlagField(daemon, "store_locked")) return line + "  the store is locked\n";
    const std::string held =
        Counted(static_cast<std::int64_t>(ListField(status, "accounts").size()), "account") + ", " +
        Counted(NumberField(store, "calendars"), "calendar") + ", " +
        Counted(NumberField(store, "events"), "event");
    const bool fits =
        view.look.columns == 0 || Columns(words) + 2 + Columns(held) <= view.look.columns;
    line += (fits ? "  " : "\n  ") + held + "\n";
    const std::string reason = Clean(TextField(daemon, "reason"));
    if (!reason.empty()) line += "  " + reason + "\n";
    return line;
}

// Letters are given over all accounts, so that they are those of the agenda.
CalendarBook BookOf(const json& accounts) {
    json all = json::array();
    for (const json& account : accounts)
        for (const json& calendar : ListField(account, "calendars")) all.push_back(calendar);
    return CalendarBook(all);
}

std::size_t LongestWord(std::string_view text) {
    std::size_t longest = 0;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        longest = std::max(longest, Columns(word));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return longest;
}

// A scope's name is what follows the provider's address, which says nothing to a person.
std::string ScopeList(const json& list) {
    std::string text;
    for (const json& scope : list) {
        if (!scope.is_string()) continue;
        std::string name = Clean(scope.get<std::string>());
        for (const std::string_view home :
             {"https://www.googleapis.com/auth/", "https://graph.microsoft.com/"})
            if (name.size() > home.size() && name.starts_with(home)) name.erase(0, home.size());
        text += (text.empty() ? "" : " ") + name;
    }
    return text;
}

}  // namespace

std::string Grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    const std::size_t sign = number < 0 ? 1 : 0;
    for (std::size_t i = digits.size(); i > sign + 3;) digits.insert(i -= 3, 1, ',');
    return digits;
}

std::string Counted(std::int64_t number, const char* singular) {
    return Grouped(number) + " " + singular + (number == 1 ? "" : "s");
}

std::string RenderStatus(const json& status, const View& view) {
    const json& accounts = ListField(status, "accounts");
    const CalendarBook book = BookOf(accounts);
    std::string text = DaemonLine(status, view);
    if (accounts.empty()) text += "No accounts yet: kamilictl account add google (or microsoft)\n";
    for (const json& account : accounts) {
        text += "\n" + AccountHeading(account, view.look);
        std::vector<Row> rows;
        for (const json& calendar : ListField(account, "calendars"))
            rows.push_back(CalendarRow(calendar, book, view));
        text += RenderTable(rows, 2, view.look);
    }
    return text;
}

std::string RenderAccounts(const json& accounts, const View& view) {
    if (accounts.empty()) return "No accounts yet: kamilictl account add google (or microsoft)\n";
    std::vector<Row> rows;
    for (const json& account : accounts) {
        const std::string state = TextField(account, "state");
        rows.push_back({{.text = Clean(TextField(account, "id")), .ink = Ink::kDim},
                        {.text = AccountName(account), .ink = Ink::kBold},
                        {.text = Clean(TextField(account, "provider"))},
                        {.text = Clean(TextField(account, "access"))},
                        {.text = Clean(StateWords(state)), .ink = StateInk(state)},
                        {.text = Clean(TextField(account, "reason"))}});
    }
    return RenderTable(rows, 0, view.look);
}

std::string SurplusWarning(const json& account) {
    const std::string surplus = ScopeList(ListField(ObjectField(account, "scopes"), "surplus"));
    if (surplus.empty()) return "";
    const bool google = TextField(account, "provider") == "google";
    return std::string(google ? "Google" : "Microsoft") +
           " grants more than was asked for: " + surplus +
           ". Kamili does not use it. To give less, take the consent back at " +
           Clean(TextField(account, "revoke_page")) + ", then kamilictl account reauth " +
           Clean(TextField(account, "id")) + ".\n";
}

std::string RenderAccount(const json& account, const View& view) {
    const std::string state = TextField(account, "state");
    const json& scopes = ObjectField(account, "scopes");
    const auto created = TimeField(account, "created");
    const auto used = TimeField(account, "last_used");
    std::string text;
    const Look& look = view.look;
    // Nothing of it is cut: ids and addresses are there to be copied.
    const auto add = [&](const char* name, const std::string& value, std::optional<Ink> ink = {}) {
        if (value.empty()) return;
        std::string words = Wrap(value, look.columns, kNameColumns);
        std::string label = PadRight(name, kNameColumns);
        if (look.plain) {
            label = std::string(name) + ", ";
            words = value + "\n";
        } else if (look.columns > 0 && kNameColumns + LongestWord(value) > look.columns) {
            label = std::string(name) + "\n  ";
            words = Wrap(value, look.columns, 2).substr(2);
        } else {
            words.erase(0, kNameColumns);
        }
        words.pop_back();
        text += Paint(look, Ink::kDim, label) + (ink ? Paint(look, *ink, words) : words) + "\n";
    };
    add("id", Clean(TextField(account, "id")));
    add("address", Clean(TextField(account, "address")), Ink::kBold);
    add("label", Clean(TextField(account, "label")));
    add("provider", Clean(TextField(account, "provider")));
    add("state", Clean(StateWords(state)), StateInk(state));
    add("reason", Clean(TextField(account, "reason")));
    add("access", Clean(TextField(account, "access")));
    add("rights asked", ScopeList(ListField(scopes, "requested")));
    add("rights given", ScopeList(ListField(scopes, "granted")));
    add("beyond", ScopeList(ListField(scopes, "surplus")), Ink::kYellow);
    if (used) add("last used", Ago(*used, view.now));
    add("to revoke", Clean(TextField(account, "revoke_page")));
    add("provider's id", Clean(TextField(account, "remote_id")));
    if (created) add("added", ShortDay(view.zone.DayOf(*created), view.zone.DayOf(view.now)));
    return text;
}

std::string RenderCalendars(const json& calendars, const json& accounts, const View& view) {
    if (calendars.empty()) return "No calendars yet.\n";
    const CalendarBook book(calendars);
    std::string text;
    for (const json& account : accounts) {
        const std::string id = TextField(account, "id");
        std::vector<Row> rows;
        for (const json& calendar : calendars) {
            if (TextField(calendar, "account_id") != id) continue;
            Row row = CalendarRow(calendar, book, view);
            row.insert(row.begin(),
                       Cell{.text = Clean(TextField(calendar, "id")), .ink = Ink::kDim});
            row[2].text += FlagField(calendar, "primary") ? " (primary)" : "";
            rows.push_back(std::move(row));
        }
        if (rows.empty()) continue;
        text +=
            (text.empty() ? "" : "\n") + Paint(view.look, Ink::kBold, AccountName(account)) + "\n";
        text += RenderTable(rows, 2, view.look);
    }
    return text;
}

std::string RenderStale(const json& answer, const json& calendars, const View& view) {
    const CalendarBook book(calendars);
    std::string text;
    for (const json& stale : ListField(answer, "stale")) {
        const std::string state = TextField(stale, "state");
        const std::string reason = Clean(TextField(stale, "reason"));
        text += "may be out of date: " + book.Find(TextField(stale, "calendar_id")).name + " (" +
                Clean(StateWords(state)) + (reason.empty() ? "" : ": " + reason) + ", " +
                LastSync(stale, view) + ")\n";
    }
    if (text.empty() && answer.contains("complete") && !FlagField(answer, "complete"))
        text = "this answer is not complete\n";
    return text;
}

}  // namespace kamili::ctl
