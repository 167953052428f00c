#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/fields.h"
#include "ctl/range_query.h"
#include "ctl/render_agenda.h"
#include "ctl/render_views.h"
#include "ctl/when.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;
using std::chrono::days;

struct Options {
    RangeOptions range;
    std::string which;  // the month or the week
    bool waybar = false;
};

// What every view needs: the zone, the answer, and its rows as the terminal shows them.
struct Asked {
    LocalTime zone;
    json answer;
    std::vector<Occurrence> occurrences;
};

Result<Asked> Ask(Session& session, const Options& options,
                  const std::function<Result<Range>(const View&)>& choose) {
    auto zone = OpenZone(session, options.range.zone);
    if (!zone) return std::move(zone).error();
    const auto range = choose(MakeView(session, *zone));
    if (!range) return range.error();
    auto answer = AskOccurrences(session, *range, *zone, options.range.calendars);
    if (!answer) return std::move(answer).error();
    auto occurrences = ParseOccurrences(ListField(*answer, "occurrences"), *zone);
    return Asked{.zone = std::move(*zone),
                 .answer = std::move(*answer),
                 .occurrences = std::move(occurrences)};
}

// Prints the answer as it is under --json, else what `render` makes of it.
Outcome Show(Session& session, const Asked& asked,
             const std::function<std::string(const CalendarBook&, const View&)>& render) {
    if (session.output.json()) {
        session.output.Json(asked.answer);
        return ExitCode::kDone;
    }
    const View view = MakeView(session, asked.zone);
    const json calendars = CalendarsForNames(session.service);
    NoteStale(session, asked.answer, calendars, view);
    session.output.Text(render(CalendarBook(calendars), view));
    return ExitCode::kDone;
}

// A screen reader gets a list: a grid read aloud is noise.
std::string RenderList(const Asked& asked, const CalendarBook& book, const DayRange& shown,
                       const View& view) {
    return RenderAgenda(
        asked.answer, book,
        {.from = asked.zone.DayStart(shown.first), .to = asked.zone.DayStart(shown.last)}, view);
}

// "2026-11" or the month of any time that ParseWhen knows.
Result<LocalDay> MonthFrom(const std::string& text, const View& view) {
    const auto when = ParseWhen(text.size() == 7 ? text + "-01" : text, view.now, view.zone);
    if (!when)
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "'" + text + "' is not a month",
                     .hint = "use YYYY-MM"};
    const std::chrono::year_month_day date(view.zone.DayOf(*when));
    return LocalDay(date.year() / date.month() / 1);
}

Outcome RunMonth(Session& session, const Options& options) {
    DayRange shown;
    const auto asked = Ask(session, options, [&](const View& view) -> Result<Range> {
        const auto first = MonthFrom(options.which.empty() ? "today" : options.which, view);
        if (!first) return first.error();
        const std::chrono::year_month_day date(*first);
        shown = {.first = *first,
                 .last = LocalDay(date.year() / date.month() / std::chrono::last) + days(1)};
        return Range{.from = view.zone.DayStart(shown.first), .to = view.zone.DayStart(shown.last)};
    });
    if (!asked) return asked.error();
    return Show(session, *asked, [&](const CalendarBook& book, const View& view) {
        return view.look.plain ? RenderList(*asked, book, shown, view)
                               : RenderMonth(asked->occurrences, shown.first, view);
    });
}

Outcome RunWeek(Session& session, const Options& options) {
    DayRange shown;
    const auto asked = Ask(session, options, [&](const View& view) -> Result<Range> {
        const auto when =
            ParseWhen(options.which.empty() ? "today" : options.which, view.now, view.zone);
        if (!when) return when.error();
        const LocalDay day = view.zone.DayOf(*when);
        shown.first = day - (std::chrono::weekday(day) - std::chrono::Monday);
        shown.last = shown.first + days(7);
        return Range{.from = view.zone.DayStart(shown.first), .to = view.zone.DayStart(shown.last)};
    });
    if (!asked) return asked.error();
    return Show(session, *asked, [&](const CalendarBook& book, const View& view) {
        return view.look.plain ? RenderList(*asked, book, shown, view)
                               : RenderWeek(asked->occurrences, shown, view);
    });
}

Outcome RunNext(Session& session, const Options& options) {
    auto asked = Ask(session, options, [](const View& view) -> Result<Range> {
        return Range{.from = view.now, .to = view.now + days(7)};
    });
    if (!asked) return asked.error();
    const View view = MakeView(session, asked->zone);
    if (options.waybar) {
        session.output.Text(NextForBar(asked->occurrences, view).dump() + "\n");
        return ExitCode::kDone;
    }
    const Occurrence* next = FindNext(asked->occurrences, view.now);
    json rows = json::array();
    for (const json& row : ListField(asked->answer, "occurrences"))
        if (next && rows.empty() && TextField(row, "event_id") == next->event_id &&
            ParseOccurrence(row, asked->zone)->start == next->start)
            rows.push_back(row);
    asked->answer["occurrences"] = std::move(rows);
    return Show(session, *asked, [&](const CalendarBook&, const View& shown) {
        return RenderNext(asked->occurrences, shown);
    });
}

Outcome RunConflicts(Session& session, const Options& options) {
    auto asked = Ask(session, options, [&](const View& view) {
        return ParseRange(options.range, view.now, view.zone);
    });
    if (!asked) return asked.error();
    const json rows = std::move(asked->answer["occurrences"]);
    asked->answer.erase("occurrences");
    std::vector<bool> busy;
    std::vector<json> readable;
    for (const json& row : rows)
        if (ParseOccurrence(row, asked->zone)) {
            busy.push_back(FlagField(row, "busy"));
            readable.push_back(row);
        }
    const auto conflicts = FindConflicts(asked->occurrences, busy);
    json& list = asked->answer["conflicts"] = json::array();
    for (const Conflict& one : conflicts)
        list.push_back({{"start", FormatUtc(one.start)},
                        {"end", FormatUtc(one.end)},
                        {"occurrences", {readable[one.first], readable[one.second]}}});
    return Show(session, *asked, [&](const CalendarBook& book, const View& view) {
        return RenderConflicts(asked->occurrences, conflicts, book, view);
    });
}

using Run = Outcome (*)(Session&, const Options&);

Command Add(Command parent, Chosen& chosen, std::shared_ptr<Options> options, const char* name,
            const char* help, Run run) {
    Command command = parent.AddCommand(name, help);
    AddCalendarOption(command, options->range);
    AddZoneOption(command, options->range);
    command.WhenChosen([&chosen, options, run] {
        chosen.run = [options, run](Session& session) { return run(session, *options); };
    });
    return command;
}

}  // namespace

void AddViewCommands(Command parent, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    Command month = Add(parent, chosen, options, "month", "A month as a grid", RunMonth);
    month.AddOption("MONTH", options->which, "YYYY-MM; without it this month");
    month.GiveExample("kamilictl month 2026-11");
    options = std::make_shared<Options>();
    Command week = Add(parent, chosen, options, "week", "A week, a column a day", RunWeek);
    week.AddOption("T", options->which, "A day of it; without it this week");
    week.GiveExample("kamilictl week +7d");
    options = std::make_shared<Options>();
    Command next = Add(parent, chosen, options, "next", "What comes next, in one line", RunNext);
    next.AddFlag("--waybar", options->waybar, "JSON for a bar: text, tooltip, class");
    next.GiveExample("kamilictl next --waybar");
    options = std::make_shared<Options>();
    Command conflicts =
        Add(parent, chosen, options, "conflicts", "Busy events that overlap", RunConflicts);
    conflicts.AddOption("--from", options->range.from, "First moment (default today)");
    const auto to = conflicts.AddOption("--to", options->range.to, "End of the range, exclusive");
    conflicts.AddOption("--days", options->range.days, "How many days (default 8)").Excludes(to);
    conflicts.GiveExample("kamilictl conflicts --days 30");
}

}  // namespace kamili::ctl
