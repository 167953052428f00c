#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/render_event.h"
#include "ctl/render_status.h"
#include "ctl/table.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

constexpr std::size_t kLevelColumns = 9;  // "warning  "

Ink LevelInk(const std::string& level) {
    if (level == "ok") return Ink::kGreen;
    return level == "warning" ? Ink::kYellow : Ink::kRed;
}

std::string WhatChanged(const json& report) {
    const auto added = NumberField(report, "added");
    const auto changed = NumberField(report, "changed");
    const auto removed = NumberField(report, "removed");
    const auto bad = NumberField(report, "bad_events");
    std::string text = "nothing new";
    if (added + changed + removed > 0)
        text = fmt::format("{} added, {} changed, {} removed", Grouped(added), Grouped(changed),
                           Grouped(removed));
    if (bad > 0) text += fmt::format(", {} could not be read whole", Grouped(bad));
    return text;
}

}  // namespace

std::string RenderChange(const json& change, const CalendarBook& book, const View& view) {
    const std::string kind = Clean(TextField(change, "kind"));
    const CalendarName calendar = book.Find(TextField(change, "calendar_id"));
    const auto time = TimeField(change, "time");
    std::string when;
    if (time)
        when = ShortDay(view.zone.DayOf(*time), view.zone.DayOf(view.now)) + " " +
               ClockTime(view.zone.ToWall(*time));
    // Lines come one by one, so the columns are fixed.
    const Row row = {{.text = PadLeft(Grouped(NumberField(change, "number")), 7), .ink = Ink::kDim},
                     {.text = PadRight(kind, 7),
                      .ink = kind == "removed" ? Ink::kRed
                             : kind == "added" ? Ink::kGreen
                                               : Ink::kYellow},
                     {.text = PadRight(Clean(TextField(change, "event_id")), 8)},
                     {.text = when},
                     {.text = calendar.name, .color = calendar.color}};
    return RenderTable({row}, 0, view.look);
}

std::string RenderFindings(const json& answer, const View& view) {
    std::string text;
    for (const json& finding : ListField(answer, "findings")) {
        const std::string level = Clean(TextField(finding, "level"));
        const std::string remedy = Clean(TextField(finding, "remedy"));
        const std::string words =
            Clean(TextField(finding, "check")) + ": " + Clean(TextField(finding, "message"));
        if (view.look.plain) {
            text += level + "  " + words + "\n";
            if (!remedy.empty()) text += std::string(view.look.arrow()) + " " + remedy + "\n";
            continue;
        }
        text += Paint(view.look, LevelInk(level), PadRight(level, 7)) + "  ";
        text += Wrap(words, view.look.columns, kLevelColumns).substr(kLevelColumns);
        if (!remedy.empty())
            text += Wrap(std::string(view.look.arrow()) + " " + remedy, view.look.columns,
                         kLevelColumns);
    }
    return text.empty() ? "Nothing was checked.\n" : text;
}

std::string RenderSync(const json& answer, const CalendarBook& book, const View& view) {
    std::vector<Row> rows;
    for (const json& report : ListField(answer, "calendars")) {
        const CalendarName calendar = book.Find(TextField(report, "id"));
        const std::string state = TextField(report, "state");
        const std::string reason = Clean(TextField(report, "reason"));
        rows.push_back({{.text = calendar.name, .color = calendar.color},
                        {.text = Clean(StateWords(state)), .ink = StateInk(state)},
                        {.text = state == "ok" || reason.empty() ? WhatChanged(report) : reason}});
    }
    for (const json& account : ListField(answer, "failed_accounts")) {
        const std::string state = TextField(account, "state");
        rows.push_back({{.text = "account " + Clean(TextField(account, "id")), .ink = Ink::kBold},
                        {.text = Clean(StateWords(state)), .ink = StateInk(state)},
                        {.text = Clean(TextField(account, "reason"))}});
    }
    return rows.empty() ? "Nothing to sync.\n" : RenderTable(rows, 0, view.look);
}

}  // namespace kamili::ctl
