#include <algorithm>
#include <nlohmann/json.hpp>

#include "ctl/display_text.h"
#include "ctl/render_views.h"
#include "ctl/span.h"
#include "ctl/table.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

constexpr std::chrono::minutes kSoon{30};
constexpr std::size_t kTooltipLines = 8;

bool Counts(const Occurrence& one) { return !one.all_day && one.status != "cancelled"; }

// With the day when it is not today.
std::string When(const Occurrence& one, const View& view) {
    const std::string time = ClockTime(view.zone.ToWall(one.start));
    const LocalDay today = view.zone.DayOf(view.now);
    return one.first_day == today ? time : ShortDay(one.first_day, today) + " " + time;
}

std::string TooltipOf(const std::vector<Occurrence>& occurrences, const View& view) {
    std::string text;
    std::size_t lines = 0;
    for (const Occurrence& one : occurrences) {
        if (!Counts(one) || one.end <= view.now || ++lines > kTooltipLines) continue;
        text += (text.empty() ? "" : "\n") + When(one, view) + "-" +
                ClockTime(view.zone.ToWall(one.end)) + " " + one.title;
    }
    return text.empty() ? "Nothing" : text;
}

const char* ClassOf(const std::vector<Occurrence>& occurrences, const Occurrence* next,
                    UtcTime now) {
    const bool running = std::any_of(occurrences.begin(), occurrences.end(), [&](const auto& one) {
        return Counts(one) && one.IsRunning(now);
    });
    if (next != nullptr && next->start - now <= kSoon) return "soon";
    if (running) return "now";
    return next == nullptr ? "none" : "later";
}

}  // namespace

const Occurrence* FindNext(const std::vector<Occurrence>& occurrences, UtcTime now) {
    const auto found =
        std::find_if(occurrences.begin(), occurrences.end(),
                     [&](const Occurrence& one) { return Counts(one) && one.start > now; });
    return found == occurrences.end() ? nullptr : &*found;
}

std::string RenderNext(const std::vector<Occurrence>& occurrences, const View& view) {
    const Occurrence* next = FindNext(occurrences, view.now);
    if (next == nullptr) return "Nothing in the next 7 days.\n";
    std::string text = When(*next, view) + " " + next->title + " (" + Until(next->start, view.now);
    if (!next->location.empty()) text += ", " + next->location;
    return FitLines(text + ")\n", view.look.columns);
}

json NextForBar(const std::vector<Occurrence>& occurrences, const View& view) {
    const Occurrence* next = FindNext(occurrences, view.now);
    return {{"text", next == nullptr ? "" : When(*next, view) + " " + next->title},
            {"tooltip", TooltipOf(occurrences, view)},
            {"class", json::array({ClassOf(occurrences, next, view.now)})}};
}

std::vector<Conflict> FindConflicts(const std::vector<Occurrence>& occurrences,
                                    const std::vector<bool>& busy) {
    std::vector<Conflict> out;
    std::vector<std::size_t> open;  // busy ones that have not ended yet
    for (std::size_t i = 0; i < occurrences.size(); ++i) {
        const Occurrence& one = occurrences[i];
        if (!busy[i] || one.end <= one.start) continue;
        std::erase_if(open, [&](std::size_t o) { return occurrences[o].end <= one.start; });
        for (const std::size_t other : open)
            out.push_back({.first = other,
                           .second = i,
                           .start = one.start,
                           .end = std::min(one.end, occurrences[other].end)});
        open.push_back(i);
    }
    return out;
}

namespace {

// "09:30-10:00", "23:00-Tue 24 Nov 02:00", "all day"
std::string SharedTime(const Conflict& one, const std::vector<Occurrence>& occurrences,
                       const View& view) {
    const LocalDay first = view.zone.DayOf(one.start);
    if (occurrences[one.first].all_day && occurrences[one.second].all_day) {
        const LocalDay last = view.zone.DayOf(one.end - std::chrono::milliseconds(1));
        return last == first ? "all day"
                             : "all day " + std::string(view.look.arrow()) + " " +
                                   ShortDay(last, view.zone.DayOf(view.now));
    }
    const LocalDay last = view.zone.DayOf(one.end);
    return ClockTime(view.zone.ToWall(one.start)) + "-" +
           (last == first ? "" : ShortDay(last, view.zone.DayOf(view.now)) + " ") +
           ClockTime(view.zone.ToWall(one.end));
}

}  // namespace

std::string RenderConflicts(const std::vector<Occurrence>& occurrences,
                            const std::vector<Conflict>& conflicts, const CalendarBook& book,
                            const View& view) {
    if (conflicts.empty()) return "No two busy events overlap.\n";
    std::vector<Row> rows;
    const LocalDay today = view.zone.DayOf(view.now);
    const auto name = [&](std::size_t place) {
        const Occurrence& one = occurrences[place];
        const CalendarName calendar = book.Find(one.calendar_id);
        return one.title + " (" + (view.look.plain ? calendar.name : calendar.letter) + ", " +
               (one.all_day ? "all day"
                            : ClockTime(view.zone.ToWall(one.start)) + "-" +
                                  ClockTime(view.zone.ToWall(one.end))) +
               ")";
    };
    for (const Conflict& one : conflicts)
        rows.push_back({{.text = ShortDay(view.zone.DayOf(one.start), today), .ink = Ink::kBold},
                        {.text = SharedTime(one, occurrences, view)},
                        {.text = name(one.first) + " and " + name(one.second)}});
    return RenderTable(rows, 0, view.look);
}

}  // namespace kamili::ctl
