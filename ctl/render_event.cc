#include "ctl/render_event.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/render_status.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

constexpr std::size_t kNameColumns = 13;

std::string Labelled(const Look& look, const std::string& name, const std::string& value) {
    if (value.empty()) return "";
    if (look.plain) return name + ": " + value + "\n";
    std::string wrapped = Wrap(value, look.columns, kNameColumns);
    if (wrapped.size() > kNameColumns) wrapped.erase(0, kNameColumns);
    return Paint(look, Ink::kDim, PadRight(name, kNameColumns)) + wrapped;
}

// "2026-01-15T10:00:00" as "Thu 15 Jan, 10:00".
std::string LocalMoment(const std::string& text, bool with_time, const View& view) {
    const auto parsed = ParseRfc3339(text + "Z");
    if (!parsed) return Clean(text);
    const WallTime wall(parsed->time_since_epoch());
    const LocalDay day = std::chrono::floor<std::chrono::days>(wall);
    std::string moment = ShortDay(day, view.zone.DayOf(view.now));
    if (with_time) moment += ", " + ClockTime(wall);
    return moment;
}

std::string WhenOf(const json& event, const View& view) {
    const bool whole_days = FlagField(event, "showWithoutTime");
    std::string text = LocalMoment(TextField(event, "start"), !whole_days, view);
    const std::string zone = Clean(TextField(event, "timeZone"));
    const std::string duration = DurationInWords(TextField(event, "duration"));
    if (!duration.empty()) text += ", " + duration;
    if (!zone.empty() && !whole_days) text += " (" + zone + ")";
    return text;
}

std::string PlacesOf(const json& event) {
    std::string text;
    const auto add = [&text](const std::string& place) {
        if (!place.empty()) text += (text.empty() ? "" : "; ") + place;
    };
    for (const json& place : ObjectField(event, "locations")) add(Clean(TextField(place, "name")));
    for (const json& place : ObjectField(event, "virtualLocations")) {
        const std::string uri = Clean(TextField(place, "uri"));
        add(uri.empty() ? Clean(TextField(place, "name")) : uri);
    }
    return text;
}

std::string PersonOf(const json& person) {
    const std::string name = Clean(TextField(person, "name"));
    std::string address = Clean(TextField(person, "email"));
    if (address.empty()) {
        address = Clean(TextField(ObjectField(person, "sendTo"), "imip"));
        if (address.starts_with("mailto:")) address.erase(0, 7);
    }
    std::string text = name.empty() ? address : name;
    if (!name.empty() && !address.empty() && name != address) text += " <" + address + ">";
    if (FlagField(ObjectField(person, "roles"), "owner")) text += ", organizer";
    const std::string status = TextField(person, "participationStatus");
    if (status == "needs-action") text += ", not answered";
    if (status == "accepted" || status == "declined" || status == "tentative")
        text += ", " + status;
    return text;
}

std::string RepeatsOf(const json& event) {
    std::string text;
    for (const json& rule : ListField(event, "recurrenceRules"))
        text += (text.empty() ? "" : "; ") + RuleInWords(rule);
    const std::size_t changed = ObjectField(event, "recurrenceOverrides").size();
    if (!text.empty() && changed > 0)
        text += fmt::format(" ({} changed)", Counted(static_cast<std::int64_t>(changed), "date"));
    return text;
}

std::string OriginsOf(const json& answer, const CalendarBook& book) {
    std::string text;
    for (const json& origin : ListField(answer, "origins"))
        text += (text.empty() ? "" : "; ") + book.Find(TextField(origin, "calendar_id")).name +
                " (" + Clean(TextField(origin, "event_id")) + ")";
    return text;
}

std::string UnitOf(const std::string& frequency, std::int64_t interval) {
    static const json kUnits = {{"yearly", "year"},    {"monthly", "month"}, {"weekly", "week"},
                                {"daily", "day"},      {"hourly", "hour"},   {"minutely", "minute"},
                                {"secondly", "second"}};
    const std::string unit = kUnits.value(frequency, Clean(frequency));
    return interval <= 1 ? "every " + unit : fmt::format("every {} {}s", interval, unit);
}

std::string Ordinal(std::int64_t number) {
    if (number == -1) return "last ";
    if (number < 0) return fmt::format("{}. last ", -number);
    return number == 0 ? "" : fmt::format("{}. ", number);
}

std::string DayName(const json& day) {
    static const json kNames = {{"mo", "Mon"}, {"tu", "Tue"}, {"we", "Wed"}, {"th", "Thu"},
                                {"fr", "Fri"}, {"sa", "Sat"}, {"su", "Sun"}};
    const std::string code = Clean(TextField(day, "day"));
    return kNames.value(code, code);
}

std::string DaysOf(const json& rule) {
    std::string text;
    for (const json& day : ListField(rule, "byDay"))
        text +=
            (text.empty() ? "" : ", ") + Ordinal(NumberField(day, "nthOfPeriod")) + DayName(day);
    return text;
}

std::string NumbersOf(const json& rule, const char* name) {
    std::string text;
    for (const json& number : ListField(rule, name)) {
        if (!text.empty()) text += ", ";
        text += number.is_string() ? Clean(number.get<std::string>()) : number.dump();
    }
    return text;
}

}  // namespace

std::string DurationInWords(const std::string& duration) {
    std::string words;
    std::int64_t number = 0;
    bool in_time = false;
    bool digits = false;
    for (std::size_t i = duration.starts_with('P') ? 1 : duration.size(); i < duration.size();
         ++i) {
        const char c = duration[i];
        if (c >= '0' && c <= '9' && number < 1'000'000) {
            number = number * 10 + (c - '0');
            digits = true;
            continue;
        }
        if (c == 'T' && !in_time) {
            in_time = true;
            continue;
        }
        const char* unit = c == 'W'              ? "week"
                           : c == 'D'            ? "day"
                           : c == 'H' && in_time ? "h"
                           : c == 'M' && in_time ? "min"
                           : c == 'S' && in_time ? "s"
                                                 : nullptr;
        if (unit == nullptr || !digits) return Clean(duration);
        const bool plural = (c == 'W' || c == 'D') && number != 1;
        if (number != 0)
            words +=
                fmt::format("{}{} {}{}", words.empty() ? "" : " ", number, unit, plural ? "s" : "");
        number = 0;
        digits = false;
    }
    return words.empty() && !duration.starts_with('P') ? Clean(duration) : words;
}

std::string RuleInWords(const json& rule) {
    std::string text = UnitOf(TextField(rule, "frequency"), NumberField(rule, "interval"));
    if (const auto months = NumbersOf(rule, "byMonth"); !months.empty())
        text += " in month " + months;
    if (const auto weeks = NumbersOf(rule, "byWeekNo"); !weeks.empty()) text += " in week " + weeks;
    if (const auto numbers = NumbersOf(rule, "byMonthDay"); !numbers.empty())
        text += " on day " + numbers;
    if (const auto numbers = NumbersOf(rule, "byYearDay"); !numbers.empty())
        text += " on day " + numbers + " of the year";
    if (const auto weekdays = DaysOf(rule); !weekdays.empty()) text += " on " + weekdays;
    if (const auto positions = NumbersOf(rule, "bySetPosition"); !positions.empty())
        text += ", of these number " + positions;
    if (const auto count = NumberField(rule, "count"); count > 0)
        text += ", " + Counted(count, "time");
    if (const auto until = Clean(TextField(rule, "until")); !until.empty())
        text += ", until " + until.substr(0, 10);
    return text;
}

std::string RenderEvent(const json& answer, const CalendarBook& book, const View& view) {
    const json& event = ObjectField(answer, "event");
    const Look& look = view.look;
    const std::string title = Clean(TextField(event, "title"));
    std::string text = Paint(look, Ink::kBold, title.empty() ? "(no title)" : title) + "\n";
    text += Labelled(look, "when", WhenOf(event, view));
    text += Labelled(look, "repeats", RepeatsOf(event));
    text += Labelled(look, "where", PlacesOf(event));
    const std::string status = Clean(TextField(event, "status"));
    text += Labelled(look, "status", status == "confirmed" ? "" : status);
    text += Labelled(look, "shown as", TextField(event, "freeBusyStatus") == "free" ? "free" : "");
    for (const json& person : ObjectField(event, "participants"))
        text += Labelled(look, "who", PersonOf(person));
    text += Labelled(look, "calendar", OriginsOf(answer, book));
    const std::string description = CleanLines(TextField(event, "description"));
    if (!description.empty()) text += "\n" + Wrap(description, look.columns, 0);
    return text;
}

}  // namespace kamili::ctl
