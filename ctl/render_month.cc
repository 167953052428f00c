#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ctl/display_text.h"
#include "ctl/render_views.h"

namespace kamili::ctl {
namespace {

using std::chrono::days;

constexpr std::size_t kGridColumns = 4 + 7 * 3 + 1;
constexpr std::size_t kGap = 3;
constexpr std::size_t kListColumnsMin = 20;
constexpr int kMany = 3;  // from here on a day's mark is ":"

LocalDay MondayOf(LocalDay day) { return day - (std::chrono::weekday(day) - std::chrono::Monday); }

// ISO 8601: the week of the year's first Thursday is number 1.
int WeekNumber(LocalDay monday) {
    const LocalDay thursday = monday + days(3);
    const auto year = std::chrono::year_month_day(thursday).year();
    const LocalDay first = LocalDay(year / std::chrono::January / 1);
    return static_cast<int>((thursday - first).count() / 7) + 1;
}

std::map<LocalDay, int> CountByDay(const std::vector<Occurrence>& occurrences, LocalDay first,
                                   LocalDay last) {
    std::map<LocalDay, int> counts;
    for (const Occurrence& one : occurrences)
        for (LocalDay day = std::max(first, one.first_day); day <= std::min(last, one.last_day);
             day += days(1))
            ++counts[day];
    return counts;
}

bool IsIn(LocalDay day, std::chrono::year_month month) {
    const std::chrono::year_month_day date(day);
    return date.year() / date.month() == month;
}

// " 47   16 17 18 19 20 21[22]"
std::string WeekLine(LocalDay monday, std::chrono::year_month month, const View& view) {
    const LocalDay today = view.zone.DayOf(view.now);
    std::string line = fmt::format("{:>3} ", WeekNumber(monday));
    line = Paint(view.look, Ink::kDim, line);
    bool closes = false;
    for (LocalDay day = monday; day < monday + days(7); day += days(1)) {
        const bool is_today = day == today && IsIn(day, month);
        line += is_today ? '[' : std::exchange(closes, false) ? ']' : ' ';
        const auto number = unsigned(std::chrono::year_month_day(day).day());
        line += IsIn(day, month) ? fmt::format("{:>2}", number) : "  ";
        closes = is_today;
    }
    return line + (closes ? "]" : " ");
}

std::string MarkLine(LocalDay monday, std::chrono::year_month month,
                     const std::map<LocalDay, int>& counts) {
    std::string line(4, ' ');
    for (LocalDay day = monday; day < monday + days(7); day += days(1)) {
        const auto found = counts.find(day);
        const int count = found == counts.end() || !IsIn(day, month) ? 0 : found->second;
        line += count == 0 ? "   " : count < kMany ? "  ." : "  :";
    }
    return line + " ";
}

std::string ListLine(const Occurrence& one, LocalDay day, const View& view) {
    const auto all = (one.last_day - one.first_day).count() + 1;
    if (all > 1)
        return fmt::format("|-- {} ({}/{})", one.title, (day - one.first_day).count() + 1, all);
    if (one.all_day) return "all day  " + one.title;
    return ClockTime(view.zone.ToWall(one.start)) + "  " + one.title;
}

// The days from `from` on with their events, as many lines as there is room for.
std::vector<std::string> ListLines(const std::vector<Occurrence>& occurrences, LocalDay from,
                                   LocalDay last, std::size_t room, std::size_t columns,
                                   const View& view) {
    std::vector<std::string> lines;
    for (LocalDay day = from; day <= last && lines.size() + 1 < room; day += days(1)) {
        std::vector<std::string> of_day;
        for (const Occurrence& one : occurrences)
            if (one.first_day <= day && day <= one.last_day)
                of_day.push_back(Cut(ListLine(one, day, view), columns, view.look.ellipsis()));
        if (of_day.empty()) continue;
        lines.push_back(Paint(view.look, Ink::kBold, ShortDay(day, view.zone.DayOf(view.now))));
        for (std::string& line : of_day)
            if (lines.size() < room) lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<std::string> GridLines(const std::vector<Occurrence>& occurrences,
                                   LocalDay first_of_month, LocalDay last, const View& view) {
    const std::chrono::year_month_day date(first_of_month);
    const auto month = date.year() / date.month();
    const auto counts = CountByDay(occurrences, first_of_month, last);
    std::vector<std::string> lines = {"     Mo Tu We Th Fr Sa Su "};
    for (LocalDay monday = MondayOf(first_of_month); monday <= last; monday += days(7)) {
        lines.push_back(WeekLine(monday, month, view));
        lines.push_back(MarkLine(monday, month, counts));
    }
    return lines;
}

std::string WithoutTrailing(std::string line) {
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

}  // namespace

std::string RenderMonth(const std::vector<Occurrence>& occurrences, LocalDay first_of_month,
                        const View& view) {
    const std::chrono::year_month_day date(first_of_month);
    const LocalDay last = LocalDay(date.year() / date.month() / std::chrono::last);
    const LocalDay today = view.zone.DayOf(view.now);
    const auto grid = GridLines(occurrences, first_of_month, last, view);
    const std::size_t taken = kGridColumns + kGap;
    const std::size_t columns = view.look.columns == 0 ? 80 : view.look.columns;
    std::vector<std::string> list;
    if (columns >= taken + kListColumnsMin)
        list =
            ListLines(occurrences, today > last ? first_of_month : std::max(today, first_of_month),
                      last, grid.size(), columns - taken, view);
    // "Sunday 1 November 2026" without its day.
    const std::string name = LongDay(first_of_month);
    std::string text =
        Paint(view.look, Ink::kBold, name.substr(name.find(' ', name.find(' ') + 1) + 1)) + "\n";
    for (std::size_t i = 0; i < grid.size(); ++i)
        text +=
            WithoutTrailing(grid[i] + (i < list.size() ? std::string(kGap, ' ') + list[i] : "")) +
            "\n";
    return text;
}

}  // namespace kamili::ctl
