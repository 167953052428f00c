#include "ctl/render_agenda.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/occurrence.h"
#include "ctl/span.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;
using std::chrono::days;

// What is further ahead than this is not worth a countdown.
constexpr std::chrono::hours kSoon{12};
// Titles and places together, so that one long title does not push every remark off the screen.
constexpr std::size_t kBodyColumnsMax = 56;
constexpr std::size_t kBodyColumnsMin = 8;
constexpr std::size_t kTimeColumns = 11;   // "12:00-13:00"
constexpr std::size_t kLetterColumns = 2;  // "W "
constexpr std::size_t kLegendGap = 3;
constexpr std::size_t kMarginColumns = 2 + kTimeColumns + 2 + 3;

// One event on one day.
struct Line {
    int rank = 0;  // all-day, continuing, starting
    const Occurrence* occurrence = nullptr;
    std::string time = {};
    std::string title = {};
    std::string note = {};
    bool marked = false;
};
using Days = std::map<LocalDay, std::vector<Line>>;

std::string Numbered(const Occurrence& occurrence, LocalDay day) {
    const auto all = (occurrence.last_day - occurrence.first_day).count() + 1;
    if (all == 1) return occurrence.title;
    const auto number = (day - occurrence.first_day).count() + 1;
    return occurrence.title + " (" + std::to_string(number) + "/" + std::to_string(all) + ")";
}

std::string From(const Occurrence& occurrence) {
    return occurrence.title + " (from " + Weekday(occurrence.first_day) + ")";
}

Line LineFor(const Occurrence& occurrence, LocalDay day, const View& view) {
    Line line{.occurrence = &occurrence};
    const std::string start = ClockTime(view.zone.ToWall(occurrence.start));
    const std::string end = ClockTime(view.zone.ToWall(occurrence.end));
    const bool begins = day == occurrence.first_day;
    const bool ends = day == occurrence.last_day;
    if (occurrence.all_day) {
        line.time = "all day";
        line.title = Numbered(occurrence, day);
    } else if (begins) {
        line.rank = 2;
        line.time = occurrence.end == occurrence.start ? start
                    : ends                             ? start + "-" + end
                           : start + " " + std::string(view.look.arrow());
        line.title = occurrence.title;
    } else if (ends) {
        line.rank = 1;
        line.time = std::string(view.look.arrow()) + " " + end;
        line.title = From(occurrence);
    } else {
        line.time = "all day";
        line.title = From(occurrence);
    }
    return line;
}

Days Arrange(const std::vector<Occurrence>& occurrences, const AgendaOptions& options,
             const View& view) {
    const LocalDay first = view.zone.DayOf(options.from);
    const LocalDay last = view.zone.DayOf(options.to - std::chrono::milliseconds(1));
    Days arranged;
    for (const Occurrence& occurrence : occurrences)
        for (LocalDay day = std::max(first, occurrence.first_day);
             day <= std::min(last, occurrence.last_day); day += days(1))
            arranged[day].push_back(LineFor(occurrence, day, view));
    for (auto& [day, lines] : arranged)
        std::stable_sort(lines.begin(), lines.end(),
                         [](const Line& a, const Line& b) { return a.rank < b.rank; });
    return arranged;
}

// Marks what is on now and the next one to come, on the day of today.
void MarkNow(Days& arranged, const View& view) {
    const auto today = arranged.find(view.zone.DayOf(view.now));
    if (today == arranged.end()) return;
    const Line* next = nullptr;
    for (Line& line : today->second) {
        const Occurrence& occurrence = *line.occurrence;
        if (occurrence.status == "cancelled" || occurrence.all_day) continue;
        if (occurrence.IsRunning(view.now)) {
            line.marked = true;
            line.note = "now, " + Span(occurrence.end - view.now) + " left";
        } else if (next == nullptr && occurrence.start > view.now &&
                   occurrence.start - view.now <= kSoon) {
            next = &line;
            line.marked = true;
            line.note = Until(occurrence.start, view.now);
        }
    }
}

std::string DayHeader(LocalDay day, const View& view) {
    const LocalDay today = view.zone.DayOf(view.now);
    const std::string name = ShortDay(day, today);
    if (day == today) return "Today, " + name;
    if (day == today + days(1)) return "Tomorrow, " + name;
    if (day == today - days(1)) return "Yesterday, " + name;
    return name;
}

std::string NoteOf(const Line& line, bool ids) {
    std::string note = line.note;
    if (const std::string remarks = Remarks(*line.occurrence); !remarks.empty())
        note += (note.empty() ? "(" : "  (") + remarks + ")";
    if (ids) note += (note.empty() ? "" : "  ") + line.occurrence->event_id;
    return note;
}

std::size_t BodyColumns(const Line& line) {
    const std::size_t place = Columns(line.occurrence->location);
    return Columns(line.title) + (place > 0 ? place + 3 : 0);
}

std::string PlainLine(const Line& line, const CalendarName& calendar, LocalDay day,
                      const AgendaOptions& options, const View& view) {
    const Occurrence& occurrence = *line.occurrence;
    std::string text = LongDay(day) + ", ";
    const std::string start = ClockTime(view.zone.ToWall(occurrence.start));
    const std::string end = ClockTime(view.zone.ToWall(occurrence.end));
    if (line.time == "all day")
        text += "all day";
    else if (line.rank == 1)
        text += "until " + end;
    else
        text += occurrence.last_day == day ? start + " to " + end : "from " + start;
    text += ", " + line.title;
    if (!occurrence.location.empty()) text += ", at " + occurrence.location;
    text += ", calendar " + calendar.name;
    if (const std::string remarks = Remarks(occurrence); !remarks.empty()) text += ", " + remarks;
    if (!line.note.empty()) text += ", " + line.note;
    if (options.ids) text += ", event " + occurrence.event_id;
    return text + "\n";
}

// Title and place, filled to `room` columns when a note follows.
std::string Body(const Line& line, std::size_t room, bool fill, const Look& look) {
    const Occurrence& occurrence = *line.occurrence;
    std::string title = line.title;
    std::string place = occurrence.location;
    if (room > 0) {
        title = Cut(title, room, look.ellipsis());
        const std::size_t used = Columns(title) + 3;
        place = used + 4 < room ? Cut(place, room - used, look.ellipsis()) : "";
    }
    std::string painted = occurrence.status == "cancelled" ? Paint(look, Ink::kDim, title) : title;
    std::size_t columns = Columns(title);
    if (!place.empty()) {
        painted += "   " + Paint(look, Ink::kDim, place);
        columns += 3 + Columns(place);
    }
    if (fill && columns < room) painted.append(room - columns, ' ');
    return painted;
}

// How wide titles and places may be so that all remarks begin in one column; 0: as they come.
std::size_t BodyRoom(const Days& arranged, const AgendaOptions& options, const Look& look) {
    std::size_t body = 0;
    std::size_t note = 0;
    for (const auto& [day, lines] : arranged)
        for (const Line& line : lines) {
            body = std::max(body, BodyColumns(line));
            note = std::max(note, Columns(NoteOf(line, options.ids)));
        }
    body = std::min(body, kBodyColumnsMax);
    if (look.columns == 0) return body;
    const std::size_t taken = kMarginColumns + (note > 0 ? note + 2 : 0);
    return std::min(
        body, look.columns > taken + kBodyColumnsMin ? look.columns - taken : kBodyColumnsMin);
}

// "> 12:00-13:00  W  Review   Room A    in 25 min"
std::string AlignedLine(const Line& line, const CalendarName& calendar, std::size_t room,
                        const AgendaOptions& options, const Look& look) {
    std::string note = NoteOf(line, options.ids);
    const std::string letter = calendar.letter + (line.occurrence->merged ? "+" : "");
    std::string text = line.marked ? Paint(look, Ink::kCyan, ">") + " " : "  ";
    text += PadRight(line.time, kTimeColumns) + "  ";
    text += PaintLike(look, calendar.color, letter);
    text.append(letter.size() < 2 ? 2 : 1, ' ');
    // Without a remark the line may run to the edge.
    if (note.empty())
        room = look.columns > kMarginColumns ? look.columns - kMarginColumns : 0;
    else if (look.columns == 0)
        room = std::max(room, BodyColumns(line));
    text += Body(line, room, !note.empty(), look);
    if (!note.empty()) {
        // On a very narrow terminal the remark is cut, too.
        const std::size_t used = kMarginColumns + std::max(room, kBodyColumnsMin) + 2;
        if (look.columns > 0)
            note = Cut(note, look.columns > used ? look.columns - used : 0, look.ellipsis());
        if (!note.empty()) text += "  " + (line.marked ? note : Paint(look, Ink::kDim, note));
    }
    return text + "\n";
}

std::string RenderLegend(const std::vector<Occurrence>& occurrences, const CalendarBook& book,
                         const Look& look) {
    std::set<std::string> ids;
    for (const Occurrence& occurrence : occurrences) ids.insert(occurrence.calendar_id);
    if (ids.size() < 2) return "";
    std::string text = "\n";
    std::size_t used = 0;
    for (const std::string& id : ids) {
        const CalendarName calendar = book.Find(id);
        const std::string name =
            look.columns == 0 ? calendar.name
                              : Cut(calendar.name, look.columns - kLetterColumns, look.ellipsis());
        const std::size_t columns = kLetterColumns + Columns(name);
        const bool fits = look.columns == 0 || used + kLegendGap + columns <= look.columns;
        if (used > 0) text += fits ? std::string(kLegendGap, ' ') : "\n";
        used = columns + (used > 0 && fits ? used + kLegendGap : 0);
        text += PaintLike(look, calendar.color, PadRight(calendar.letter, kLetterColumns)) +
                Paint(look, Ink::kDim, name);
    }
    return text + "\n";
}

std::string NothingBetween(const AgendaOptions& options, const View& view) {
    const LocalDay today = view.zone.DayOf(view.now);
    const LocalDay first = view.zone.DayOf(options.from);
    const LocalDay last = view.zone.DayOf(options.to - std::chrono::milliseconds(1));
    if (first == last) return "Nothing on " + ShortDay(first, today) + ".\n";
    return "Nothing from " + ShortDay(first, today) + " to " + ShortDay(last, today) + ".\n";
}

}  // namespace

std::string RenderAgenda(const json& answer, const CalendarBook& book, const AgendaOptions& options,
                         const View& view) {
    const auto occurrences = ParseOccurrences(ListField(answer, "occurrences"), view.zone);
    Days arranged = Arrange(occurrences, options, view);
    MarkNow(arranged, view);
    if (arranged.empty()) return NothingBetween(options, view);
    const std::size_t room = BodyRoom(arranged, options, view.look);
    std::string text;
    for (const auto& [day, lines] : arranged) {
        if (!view.look.plain)
            text += (text.empty() ? "" : "\n") +
                    Paint(view.look, Ink::kBold, DayHeader(day, view)) + "\n";
        for (const Line& line : lines) {
            const CalendarName calendar = book.Find(line.occurrence->calendar_id);
            text += view.look.plain ? PlainLine(line, calendar, day, options, view)
                                    : AlignedLine(line, calendar, room, options, view.look);
        }
    }
    return view.look.plain ? text : text + RenderLegend(occurrences, book, view.look);
}

}  // namespace kamili::ctl
