#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ctl/display_text.h"
#include "ctl/render_views.h"

namespace kamili::ctl {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kTimeColumns = 7;  // "08:00  "
constexpr std::size_t kDayColumnsMin = 9;
constexpr std::size_t kDayColumnsMax = 24;
constexpr std::size_t kColumnsElse = 100;  // of what is no terminal

// The texts of one hour (or of all-day events) for each day; a row for each text of the fullest.
using Cells = std::vector<std::vector<std::string>>;

struct Grid {
    DayRange days;
    std::size_t width = 0;  // of a day, its gap included
    const View& view;

    std::size_t size() const { return static_cast<std::size_t>((days.last - days.first).count()); }
    std::size_t Place(LocalDay day) const {
        return static_cast<std::size_t>((day - days.first).count());
    }
    bool Holds(LocalDay day) const { return day >= days.first && day < days.last; }
};

std::string RenderCells(const std::string& name, const Cells& cells, const Grid& grid) {
    std::size_t rows = 1;
    for (const auto& cell : cells) rows = std::max(rows, cell.size());
    std::string text;
    for (std::size_t row = 0; row < rows; ++row) {
        std::string line = PadRight(row == 0 ? name : "", kTimeColumns);
        for (const auto& cell : cells)
            line += PadRight(
                row < cell.size() ? Cut(cell[row], grid.width - 1, grid.view.look.ellipsis()) : "",
                grid.width);
        while (line.ends_with(' ')) line.pop_back();
        text += line + "\n";
    }
    return text;
}

bool IsWholeDays(const Occurrence& one) { return one.all_day || one.first_day != one.last_day; }

// "#Trip####" over all its days, in the first row where these days are free.
std::string RenderBars(const std::vector<Occurrence>& occurrences, const Grid& grid) {
    std::vector<std::string> rows;
    std::vector<LocalDay> free_from;  // of each row
    for (const Occurrence& one : occurrences) {
        const LocalDay first = std::max(one.first_day, grid.days.first);
        const LocalDay last = std::min(one.last_day, grid.days.last - days(1));
        if (!IsWholeDays(one) || first > last) continue;
        const std::size_t columns = grid.width * (grid.Place(last) - grid.Place(first) + 1) - 1;
        std::string bar = "#" + Cut(one.title, columns - 1, grid.view.look.ellipsis());
        const std::size_t used = Columns(bar);
        if (used < columns) bar.append(columns - used, '#');
        std::size_t row = 0;
        while (row < rows.size() && free_from[row] > first) ++row;
        rows.resize(std::max(rows.size(), row + 1));
        free_from.resize(rows.size());
        rows[row] = PadRight(rows[row], kTimeColumns + grid.width * grid.Place(first)) + bar;
        free_from[row] = last + days(1);
    }
    std::string text;
    for (const std::string& row : rows) text += row + "\n";
    return text;
}

int HourOf(const Occurrence& one, const View& view) {
    const WallTime wall = view.zone.ToWall(one.start);
    return static_cast<int>(
        std::chrono::floor<hours>(wall - std::chrono::floor<days>(wall)).count());
}

// The last hour that it still fills a part of.
int LastHourOf(const Occurrence& one, const View& view) {
    if (one.end <= one.start) return HourOf(one, view);
    const WallTime wall = view.zone.ToWall(one.end - std::chrono::milliseconds(1));
    return static_cast<int>(
        std::chrono::floor<hours>(wall - std::chrono::floor<days>(wall)).count());
}

std::string CellOf(const Occurrence& one, const View& view) {
    const std::string time = ClockTime(view.zone.ToWall(one.start));
    // On the hour the row says when.
    const std::string text = (time.ends_with(":00") ? "" : time.substr(2) + " ") + one.title;
    return one.status == "cancelled" ? "(" + text + ")" : text;
}

std::string RenderHours(const std::vector<Occurrence>& occurrences, const Grid& grid) {
    std::map<int, Cells> hours_of;
    int first = 24;
    int last = -1;
    for (const Occurrence& one : occurrences) {
        if (IsWholeDays(one) || !grid.Holds(one.first_day)) continue;
        const int hour = HourOf(one, grid.view);
        const int end = std::max(hour, LastHourOf(one, grid.view));
        first = std::min(first, hour);
        last = std::max(last, end);
        for (int at = hour; at <= end; ++at) {
            Cells& cells = hours_of.try_emplace(at, Cells(grid.size())).first->second;
            cells[grid.Place(one.first_day)].push_back(at == hour ? CellOf(one, grid.view) : "|");
        }
    }
    std::string text;
    for (int hour = first; hour <= last; ++hour) {
        const auto found = hours_of.find(hour);
        text += RenderCells(fmt::format("{:02}:00", hour),
                            found == hours_of.end() ? Cells(grid.size()) : found->second, grid);
    }
    return text;
}

}  // namespace

std::string RenderWeek(const std::vector<Occurrence>& occurrences, const DayRange& days,
                       const View& view) {
    Grid grid{.days = days, .view = view};
    const std::size_t columns = view.look.columns == 0 ? kColumnsElse : view.look.columns;
    const std::size_t room = columns > kTimeColumns ? columns - kTimeColumns : 0;
    grid.width = std::min(kDayColumnsMax, room / grid.size());
    // Where a week finds no room, as many days as do.
    if (grid.width < kDayColumnsMin) {
        const std::size_t fit = std::max<std::size_t>(1, room / kDayColumnsMin);
        grid.days.last = grid.days.first + std::chrono::days(std::min(fit, grid.size()));
        grid.width = std::max(kDayColumnsMin, room / fit);
    }
    const LocalDay today = view.zone.DayOf(view.now);
    std::string head(kTimeColumns, ' ');
    for (LocalDay day = grid.days.first; day < grid.days.last; day += std::chrono::days(1)) {
        const auto number = unsigned(std::chrono::year_month_day(day).day());
        const std::string name = fmt::format("{} {}", Weekday(day), number);
        head += PadRight(day == today ? "[" + name + "]" : name, grid.width);
    }
    while (head.ends_with(' ')) head.pop_back();
    // "Sat 28, Sun 29: no room for them here"
    std::string left_out;
    for (LocalDay day = grid.days.last; day < days.last; day += std::chrono::days(1))
        left_out += fmt::format("{}{} {}", left_out.empty() ? "" : ", ", Weekday(day),
                                unsigned(std::chrono::year_month_day(day).day()));
    if (!left_out.empty())
        left_out = Paint(view.look, Ink::kDim,
                         Cut(left_out + ": no room for them here", columns, view.look.ellipsis())) +
                   "\n";
    const std::string bars = RenderBars(occurrences, grid);
    const std::string hours = RenderHours(occurrences, grid);
    return Paint(view.look, Ink::kBold, head) + "\n" +
           (bars.empty() && hours.empty() ? "Nothing.\n" : bars + hours) + left_out;
}

}  // namespace kamili::ctl
