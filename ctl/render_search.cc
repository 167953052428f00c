#include <nlohmann/json.hpp>
#include <vector>

#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/occurrence.h"
#include "ctl/render_agenda.h"
#include "ctl/render_status.h"
#include "ctl/span.h"
#include "ctl/table.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

std::string TimesOf(const Occurrence& occurrence, const View& view) {
    const bool one_day = occurrence.first_day == occurrence.last_day;
    const LocalDay today = view.zone.DayOf(view.now);
    const std::string until =
        one_day ? ""
                : " " + std::string(view.look.arrow()) + " " + ShortDay(occurrence.last_day, today);
    if (occurrence.all_day) return "all day" + until;
    const std::string start = ClockTime(view.zone.ToWall(occurrence.start));
    if (!one_day) return start + until;
    if (occurrence.end == occurrence.start) return start;
    return start + "-" + ClockTime(view.zone.ToWall(occurrence.end));
}

}  // namespace

std::string RenderSearch(const json& answer, const CalendarBook& book, const View& view) {
    std::vector<Row> rows;
    for (const json& object : ListField(answer, "occurrences")) {
        const auto parsed = ParseOccurrence(object, view.zone);
        if (!parsed) continue;
        const Occurrence& occurrence = *parsed;
        const CalendarName calendar = book.Find(occurrence.calendar_id);
        std::string title = occurrence.title;
        if (const std::string remarks = Remarks(occurrence); !remarks.empty())
            title += " (" + remarks + ")";
        if (!occurrence.location.empty()) title += "   " + occurrence.location;
        // Where it matched, unless the line says that already.
        const std::string snippet = Clean(TextField(object, "snippet"));
        if (title.find(snippet) == std::string::npos) title += "   " + snippet;
        rows.push_back(
            {{.text = occurrence.event_id, .ink = Ink::kDim},
             {.text = ShortDay(occurrence.first_day, view.zone.DayOf(view.now)), .ink = Ink::kBold},
             {.text = TimesOf(occurrence, view)},
             {.text = view.look.plain ? "calendar " + calendar.name : calendar.letter,
              .color = calendar.color},
             {.text = std::move(title)}});
    }
    return rows.empty() ? "Nothing found.\n" : RenderTable(rows, 0, view.look);
}

std::string RenderFreeBusy(const json& answer, const View& view) {
    std::vector<Row> rows;
    LocalDay shown{};
    for (const json& period : ListField(answer, "busy")) {
        const auto start = TimeField(period, "start");
        const auto end = TimeField(period, "end");
        if (!start || !end) continue;
        const LocalDay today = view.zone.DayOf(view.now);
        const LocalDay day = view.zone.DayOf(*start);
        const LocalDay last = view.zone.DayOf(*end);
        // A day is named once, unless each line has to stand alone.
        const bool repeat = !rows.empty() && day == shown && !view.look.plain;
        std::string times = ClockTime(view.zone.ToWall(*start)) + "-";
        if (last != day) times += ShortDay(last, today) + " ";
        times += ClockTime(view.zone.ToWall(*end));
        if (last != day && *start == view.zone.DayStart(day) && *end == view.zone.DayStart(last)) {
            const LocalDay whole = last - std::chrono::days(1);
            times = "all day";
            if (whole != day)
                times += " " + std::string(view.look.arrow()) + " " + ShortDay(whole, today);
        }
        rows.push_back({{.text = repeat ? "" : ShortDay(day, today), .ink = Ink::kBold},
                        {.text = std::move(times)},
                        {.text = ExactSpan(*end - *start), .ink = Ink::kDim}});
        shown = day;
    }
    if (rows.empty()) return "Free all the time.\n";
    return RenderTable(rows, 0, view.look);
}

}  // namespace kamili::ctl
