#include "tests/simulator/event_maker.h"

#include <algorithm>

#include "tests/simulator/occurrences.h"

namespace kamili::simulator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const std::vector<std::string>& Titles() {
    static const std::vector<std::string> titles{
        "Weekly sync",
        "Design review",
        "Lunch with Priya",
        "Dentist",
        "1:1",
        "Release planning",
        "Choir",
        "School run",
        "Budget review",
        "Architecture forum",
        "On-call handover",
        "Interview: backend",
        "Yoga",
        "Board meeting",
        "Flight to Lisbon",
        "Parents' evening",
        "\U0001F382 Party \U0001F389",
        "\u05E4\u05D2\u05D9\u05E9\u05D4 \u05E6\u05D5\u05D5\u05EA",
        "\u0627\u062C\u062A\u0645\u0627\u0639 \u0627\u0644\u0641\u0631\u064A\u0642",
        "\u6771\u4EAC\u30AA\u30D5\u30A3\u30B9 \u5B9A\u4F8B",
        "Z\u00FCrich & Gen\u00E8ve <draft>",
        "Quote \"unquote\" \\ back",
        "e\u0301 combining",
        "\U0001F469\u200D\U0001F4BB pairing"};
    return titles;
}

const std::vector<std::string>& Zones() {
    static const std::vector<std::string> zones{"Europe/Berlin",
                                                "Europe/Berlin",
                                                "Europe/Berlin",
                                                "Europe/London",
                                                "America/New_York",
                                                "America/Los_Angeles",
                                                "America/Sao_Paulo",
                                                "Asia/Tokyo",
                                                "Asia/Kolkata",
                                                "Asia/Kathmandu",
                                                "Australia/Sydney",
                                                "Pacific/Auckland",
                                                "UTC"};
    return zones;
}

const std::vector<Guest>& Colleagues() {
    static const std::vector<Guest> people{
        {.name = "Priya Nair", .address = "priya@example.net"},
        {.name = "Jonas Lind", .address = "jonas@example.net"},
        {.name = "", .address = "mira@example.net"},
        {.name = "Tom\u00E1s Q", .address = "tomas@example.net"}};
    return people;
}

}  // namespace

std::string EventMaker::NewId() {
    if (service_ == Service::kGoogle) return dice_.Text("0123456789abcdefghijklmnopqrstuv", 26);
    return dice_.Text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 24);
}

std::string EventMaker::SplitId(const SimEvent& master, const When& from) {
    if (service_ == Service::kMicrosoft) return NewId();
    const std::string base = master.id.substr(0, master.id.find("_R"));
    return base + "_R" + (from.all_day ? CompactDate(from.wall) : CompactWall(from.wall));
}

std::string EventMaker::Title() {
    std::string title = dice_.Pick(Titles());
    if (dice_.OneIn(40))
        for (int i = 0; i < 60; ++i) title += " and " + dice_.Pick(Titles());
    return title + " " + std::to_string(dice_.Between(1, 999));
}

Day EventMaker::SomeDay(int from, int to) {
    return std::chrono::floor<days>(WallAt(now_, "UTC")) + days(dice_.Between(from, to));
}

void EventMaker::SetTimed(SimEvent& event, const std::string& zone) {
    const int hour = dice_.OneIn(10) ? dice_.Between(0, 23) : dice_.Between(7, 19);
    const int minute = 15 * dice_.Between(0, 3);
    event.start = {.all_day = false,
                   .wall = Wall(SomeDay(-60, 290)) + hours(hour) + minutes(minute),
                   .zone = zone};
    event.end = AtUtc(ToUtc(event.start) + minutes(15 * dice_.Between(1, 10)), zone);
}

void EventMaker::SetAllDay(SimEvent& event, const std::string& zone, int length) {
    event.start = {.all_day = true, .wall = Wall(SomeDay(-60, 290)), .zone = zone};
    event.end = event.start;
    event.end.wall += days(length);
}

void EventMaker::Move(SimEvent& event) {
    const auto length = event.end.wall - event.start.wall;
    if (event.start.all_day) {
        event.start.wall = Wall(SomeDay(-30, 280));
        event.end.wall = event.start.wall + length;
        return;
    }
    const UtcTime start = ToUtc(event.start);
    const auto exact = ToUtc(event.end) - start;
    const int quarters = dice_.Between(1, 60) * (dice_.OneIn(2) ? 1 : -1);
    event.start = AtUtc(start + minutes(15 * quarters), event.start.zone);
    event.end = AtUtc(ToUtc(event.start) + exact, event.end.zone);
}

Rule EventMaker::MakeRule() {
    Rule rule;
    rule.every = static_cast<Every>(dice_.Pick(std::vector<int>{0, 1, 1, 1, 2, 3, 3, 4, 5}));
    rule.interval = dice_.OneIn(3) ? dice_.Between(2, 3) : 1;
    for (int weekday = 0; weekday < 7; ++weekday)
        if (dice_.OneIn(4)) rule.weekdays.push_back(weekday);
    if (rule.weekdays.empty()) rule.weekdays.push_back(dice_.Between(0, 4));
    rule.week_start = dice_.OneIn(2) ? 6 : 0;
    rule.day = dice_.OneIn(3) ? dice_.Between(29, 31) : dice_.Between(1, 28);
    rule.month = dice_.Between(1, 12);
    rule.nth = dice_.Pick(std::vector<int>{1, 2, 3, 4, -1});
    rule.clamp = service_ == Service::kMicrosoft;
    if (rule.every == Every::kYearDay && !rule.clamp) rule.day = std::min(rule.day, 28);
    return rule;
}

void EventMaker::MakeSeries(SimEvent& event) {
    Rule rule = MakeRule();
    // Some series began long ago.
    const Day from = dice_.OneIn(8) ? SomeDay(-900, -200) : event.start.day();
    const auto length = ToUtc(event.end) - ToUtc(event.start);
    const auto day_length = event.end.wall - event.start.wall;
    const auto in_day = event.start.wall - Wall(event.start.day());
    const Day first = FirstRuleDay(rule, from).value_or(from);
    event.start.wall = Wall(first) + in_day;
    event.end.wall = event.start.wall + day_length;
    if (!event.start.all_day) event.end = AtUtc(ToUtc(event.start) + length, event.start.zone);
    switch (dice_.Between(0, 3)) {
        case 0:
            rule.count = dice_.Between(2, 40);
            break;
        case 1:
            rule.until = std::max(first, SomeDay(-20, 280));
            event.until_as_date = service_ == Service::kGoogle && dice_.OneIn(4);
            break;
        default:
            break;
    }
    event.rule = std::move(rule);
    if (service_ == Service::kGoogle) AddDates(event);
}

void EventMaker::AddDates(SimEvent& event) {
    if (dice_.OneIn(8)) {
        When extra = event.start;
        extra.wall += days(dice_.Between(1, 200));
        event.rdates.push_back(extra);
        if (dice_.OneIn(3)) event.rule.reset();  // RDATE lines only
    }
    if (event.rule && dice_.OneIn(6)) {
        const auto starts = Starts(event, ToUtc(event.start) + hours(24 * 200));
        if (starts.size() > 2)
            event.exdates.push_back(starts[std::size_t(dice_.Between(1, int(starts.size()) - 1))]);
    }
}

void EventMaker::Birthday(SimEvent& event) {
    SetAllDay(event, event.start.zone, 1);
    Rule rule;
    rule.every = Every::kYearDay;
    const bool leap = dice_.OneIn(4);
    rule.clamp = leap;
    rule.day = leap ? 31 : dice_.Between(1, 28);
    rule.month = leap ? 2 : dice_.Between(1, 12);
    event.start.wall = Wall(FirstRuleDay(rule, SomeDay(-12000, -400)).value_or(event.start.day()));
    event.end.wall = event.start.wall + days(1);
    event.rule = rule;
    event.type = "birthday";
    event.visibility = "private";
    event.title = "Happy birthday, Ewa!";
}

void EventMaker::Special(SimEvent& event, const Calendar& calendar) {
    const std::string zone = calendar.zone;
    event.show_as = "free";
    if (service_ == Service::kMicrosoft) {
        SetAllDay(event, zone, dice_.Between(1, 3));
        event.show_as = dice_.OneIn(2) ? "oof" : "workingElsewhere";
        return;
    }
    const int kind = calendar.primary ? dice_.Between(0, 4) : 4;
    if (kind == 0) {
        SetAllDay(event, zone, 1);
        event.type = "workingLocation";
        event.visibility = "public";
        event.title = dice_.OneIn(2) ? "Home" : "";
    } else if (kind == 1) {
        event.start.zone = zone;
        Birthday(event);
    } else if (kind == 2) {
        SetTimed(event, zone);
        event.type = "outOfOffice";
        event.show_as = "busy";
        event.title = "Out of office";
    } else if (kind == 3) {
        SetTimed(event, zone);
        event.type = "focusTime";
        event.show_as = "busy";
    } else {
        SetTimed(event, zone);
        event.end = event.start;
        event.end_unspecified = true;
        event.type = calendar.primary ? "fromGmail" : "default";
    }
}

void EventMaker::People(SimEvent& event, const Person& person) {
    event.own = !dice_.OneIn(2);
    if (!event.own) {
        event.organizer = dice_.Pick(Colleagues());
        event.answer = static_cast<Answer>(dice_.Between(1, 4));
        if (dice_.OneIn(12)) event.life = Life::kTentative;
    } else {
        event.answer = Answer::kAccepted;
    }
    const int count = dice_.Between(1, 4);
    for (int i = 0; i < count; ++i) {
        Guest guest = Colleagues()[std::size_t(i)];
        guest.answer = static_cast<Answer>(dice_.Between(1, 4));
        guest.optional = dice_.OneIn(5);
        event.guests.push_back(guest);
    }
    event.guests.push_back(
        {.name = person.name, .address = person.address, .answer = event.answer, .self = true});
    if (dice_.OneIn(6))
        event.guests.push_back({.name = "Room 4.12",
                                .address = "room-412@resource.example.net",
                                .answer = Answer::kAccepted,
                                .resource = true});
    event.guests_omitted = service_ == Service::kGoogle && dice_.OneIn(20);
}

void EventMaker::Details(SimEvent& event, const Person& person) {
    if (dice_.OneIn(3)) event.description = "Agenda & notes for " + event.title;
    if (dice_.OneIn(30)) event.description += std::string(6000, 'x');
    if (dice_.OneIn(4))
        event.location = dice_.OneIn(2) ? "Room 4.12" : "Sendlinger Str. 12, M\u00FCnchen";
    if (dice_.OneIn(5)) event.conference = "https://meet.example.net/" + dice_.Token(10);
    if (dice_.OneIn(12)) event.visibility = dice_.OneIn(3) ? "confidential" : "private";
    if (dice_.OneIn(8)) event.color = std::to_string(dice_.Between(1, 11));
    if (dice_.OneIn(8)) event.show_as = "free";
    if (service_ == Service::kMicrosoft && dice_.OneIn(10)) event.show_as = "tentative";
    if (dice_.OneIn(4)) People(event, person);
    // A meeting that its organizer called off but Graph still lists.
    if (service_ == Service::kMicrosoft && !event.own && dice_.OneIn(10)) {
        event.life = Life::kCancelled;
        event.title = "Canceled: " + event.title;
        event.show_as = "free";
    }
    if (service_ == Service::kMicrosoft && event.life == Life::kTentative)
        event.life = Life::kConfirmed;
}

SimEvent EventMaker::Make(const Person& person, const Calendar& calendar) {
    SimEvent event;
    event.id = NewId();
    event.uid = service_ == Service::kGoogle
                    ? event.id + "@google.com"
                    : "040000008200E00074C5B7101A82E008" + dice_.Text("0123456789ABCDEF", 80);
    event.title = Title();
    const bool simple = calendar.role == "freeBusyReader";
    const int roll = simple ? dice_.Between(0, 59) : dice_.Between(0, 99);
    const std::string zone = dice_.OneIn(3) ? dice_.Pick(Zones()) : calendar.zone;
    if (roll < 45) {
        SetTimed(event, zone);
        if (service_ == Service::kGoogle && dice_.OneIn(15))
            event.end = InZone(event.end, dice_.Pick(Zones()));
    } else if (roll < 55) {
        SetAllDay(event, calendar.zone, 1);
    } else if (roll < 60) {
        if (dice_.OneIn(2)) {
            SetAllDay(event, calendar.zone, dice_.Between(2, 9));
        } else {
            SetTimed(event, zone);
            event.end = AtUtc(ToUtc(event.end) + hours(24 * dice_.Between(1, 3)), zone);
        }
    } else if (roll < 63) {
        SetTimed(event, zone);
        event.end = event.start;
    } else if (roll < 89) {
        if (roll < 83)
            SetTimed(event, zone);
        else
            SetAllDay(event, calendar.zone, dice_.Between(1, 2));
        MakeSeries(event);
    } else {
        Special(event, calendar);
        return event;
    }
    Details(event, person);
    return event;
}

std::optional<SimEvent> EventMaker::Exception(const SimEvent& master) {
    const auto starts = Starts(master, now_ + hours(24 * 300));
    std::vector<When> near;
    for (const When& start : starts)
        if (ToUtc(start) > now_ - hours(24 * 60)) near.push_back(start);
    if (near.empty()) return std::nullopt;
    SimEvent event = AsOccurrence(service_, master, dice_.Pick(near));
    const bool daily =
        master.rule && (master.rule->every == Every::kDay || master.rule->every == Every::kWeek);
    const auto shift = [&event](minutes by) {
        event.start =
            event.start.all_day ? event.start : AtUtc(ToUtc(event.start) + by, event.start.zone);
        event.end = event.end.all_day ? event.end : AtUtc(ToUtc(event.end) + by, event.end.zone);
    };
    switch (dice_.Between(0, 5)) {
        case 0:
            event.removed_occurrence = true;
            break;
        case 1:
            event.title = Title();
            break;
        case 2:
            if (service_ == Service::kGoogle && dice_.OneIn(4)) {
                // Between all-day and timed.
                event.start = {.all_day = !event.start.all_day,
                               .wall = Wall(event.start.day()),
                               .zone = event.start.zone};
                event.end = event.start;
                event.end.wall += event.start.all_day ? hours(24) : hours(1);
                break;
            }
            event.location = "Elsewhere";
            break;
        case 3:
            // To another day; in Graph an exception may not pass its neighbour.
            if (!daily || service_ == Service::kGoogle) {
                event.start.wall += days(1);
                event.end.wall += days(1);
                break;
            }
            [[fallthrough]];
        default:
            shift(minutes(15 * dice_.Between(1, 8)));
            event.title += " (moved)";
    }
    return event;
}

std::vector<SimEvent> EventMaker::Exceptions(const SimEvent& master, int most) {
    std::vector<SimEvent> all;
    const int count = dice_.Between(0, most);
    for (int i = 0; i < count; ++i) {
        auto event = Exception(master);
        if (!event) break;
        const bool again = std::any_of(
            all.begin(), all.end(), [&](const SimEvent& other) { return other.id == event->id; });
        if (!again) all.push_back(std::move(*event));
    }
    return all;
}

}  // namespace kamili::simulator
