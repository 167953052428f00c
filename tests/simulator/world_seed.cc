#include "tests/simulator/dice.h"
#include "tests/simulator/event_maker.h"
#include "tests/simulator/world.h"

namespace kamili::simulator {
namespace {

using std::chrono::days;
using std::chrono::hours;

class Seeder {
  public:
    Seeder(std::uint64_t seed, UtcTime now) : dice_(seed), now_(now) {}

    World Build(std::size_t events) {
        Person& google = AddGoogle();
        Person& microsoft = AddMicrosoft();
        Fill(google, *google.calendars[0], events * 30 / 100);
        Fill(google, *google.calendars[1], events * 14 / 100);
        Fill(google, *google.calendars[3], events * 6 / 100);
        Fill(google, *google.calendars[4], events * 4 / 100);
        Holidays(*google.calendars[2]);
        Fill(microsoft, *microsoft.calendars[0], events * 32 / 100);
        Fill(microsoft, *microsoft.calendars[1], events * 11 / 100);
        Fill(microsoft, *microsoft.calendars[2], events * 3 / 100);
        Shared(google, microsoft);
        AddBob();
        return std::move(world_);
    }

  private:
    Person& AddPerson(Service service, const std::string& address, const std::string& name) {
        auto person = std::make_unique<Person>();
        person->service = service;
        person->address = address;
        person->name = name;
        person->object_id = dice_.Uuid();
        person->tenant = dice_.Uuid();
        world_.people.push_back(std::move(person));
        return *world_.people.back();
    }

    Calendar& AddCalendar(Person& person, Calendar calendar) {
        calendar.listed = ++world_.changes;
        person.calendars.push_back(std::make_unique<Calendar>(std::move(calendar)));
        return *person.calendars.back();
    }

    std::string GroupId() {
        return "c_" + dice_.Text("0123456789abcdefghijklmnopqrstuv", 20) +
               "@group.calendar.google.com";
    }

    std::string OutlookCalendarId() {
        return "AAMkADRiNmQwYzFlLTUyZjct" + dice_.Token(64) + "AAA=";
    }

    Person& AddGoogle() {
        Person& ada = AddPerson(Service::kGoogle, "ada@example.org", "Ada Okafor");
        Calendar& primary = AddCalendar(
            ada,
            {.id = ada.address, .name = ada.address, .color = "#9fe1e7", .zone = "Europe/Berlin"});
        primary.primary = true;
        AddCalendar(ada, {.id = GroupId(),
                          .name = "Platform team",
                          .color = "#42d692",
                          .zone = "America/New_York",
                          .role = "writer"});
        AddCalendar(ada, {.id = "en.german#holiday@group.v.calendar.google.com",
                          .name = "Holidays in Germany",
                          .color = "#16a765",
                          .zone = "Europe/Berlin",
                          .role = "reader"});
        AddCalendar(ada, {.id = "jonas@example.net",
                          .name = "jonas@example.net",
                          .color = "#cca6ac",
                          .zone = "Europe/Berlin",
                          .role = "freeBusyReader"});
        Calendar& old = AddCalendar(
            ada,
            {.id = GroupId(), .name = "Old projects", .color = "#b99aff", .zone = "Europe/London"});
        old.hidden = true;
        return ada;
    }

    Person& AddMicrosoft() {
        Person& ada = AddPerson(Service::kMicrosoft, "ada@example.com", "Ada Okafor");
        Calendar& main = AddCalendar(
            ada,
            {.id = OutlookCalendarId(), .name = "Calendar", .color = "", .zone = "Europe/Berlin"});
        main.primary = true;
        AddCalendar(ada, {.id = OutlookCalendarId(),
                          .name = "Side projects",
                          .color = "#7bd148",
                          .zone = "America/New_York"});
        AddCalendar(ada, {.id = OutlookCalendarId(),
                          .name = "Kids parties",
                          .color = "",
                          .zone = "Europe/London",
                          .role = "reader",
                          .owner_name = "Priya Nair",
                          .owner_address = "priya@example.com"});
        return ada;
    }

    void AddBob() {
        Person& bob = AddPerson(Service::kGoogle, "bob@example.org", "Bob Lind");
        Calendar& one = AddCalendar(
            bob,
            {.id = bob.address, .name = bob.address, .color = "#9fe1e7", .zone = "Europe/London"});
        one.primary = true;
        Fill(bob, one, 12);
        Person& other = AddPerson(Service::kMicrosoft, "bob@example.com", "Bob Lind");
        other.tenant = kPersonalTenant;
        Calendar& two = AddCalendar(
            other,
            {.id = OutlookCalendarId(), .name = "Calendar", .color = "", .zone = "Europe/London"});
        two.primary = true;
        Fill(other, two, 12);
    }

    void Put(Calendar& calendar, SimEvent event) {
        event.created = now_ - hours(24 * 100);
        world_.Put(calendar, std::move(event), now_ - hours(dice_.Between(24, 2000)));
    }

    void Fill(Person& person, Calendar& calendar, std::size_t rows) {
        EventMaker maker(dice_, person.service, now_);
        while (calendar.events.size() < rows) {
            SimEvent event = maker.Make(person, calendar);
            std::vector<SimEvent> exceptions;
            if (event.IsSeries() && event.type == "default")
                exceptions = maker.Exceptions(event, 3);
            Put(calendar, std::move(event));
            for (SimEvent& exception : exceptions) Put(calendar, std::move(exception));
        }
    }

    void Holidays(Calendar& calendar) {
        const Day today = std::chrono::floor<days>(WallAt(now_, "UTC"));
        for (int i = -2; i < 10; ++i) {
            SimEvent event;
            event.id = dice_.Text("0123456789abcdefghijklmnopqrstuv", 26);
            event.uid = event.id + "@google.com";
            event.title = "Holiday " + std::to_string(i + 3);
            event.show_as = "free";
            event.visibility = "public";
            event.start = {
                .all_day = true, .wall = Wall(today + days(i * 31)), .zone = calendar.zone};
            event.end = event.start;
            event.end.wall += days(1);
            Put(calendar, std::move(event));
        }
    }

    // One meeting and one series that both accounts know under the same UID.
    void Shared(Person& google, Person& microsoft) {
        const Day today = std::chrono::floor<days>(WallAt(now_, "UTC"));
        for (int i = 0; i < 2; ++i) {
            SimEvent event;
            event.uid = i == 0 ? "shared-board@example.org" : "shared-weekly@example.org";
            event.title = i == 0 ? "Board meeting with both" : "Weekly with both";
            event.start = {.all_day = false,
                           .wall = Wall(today + days(2 + i)) + hours(10 + i),
                           .zone = "Europe/Berlin"};
            event.end = event.start;
            event.end.wall += hours(1);
            if (i == 1) {
                Rule rule;
                rule.every = Every::kWeek;
                rule.weekdays = {int(std::chrono::weekday(today + days(3)).iso_encoding()) - 1};
                event.rule = rule;
            }
            event.id = dice_.Text("0123456789abcdefghijklmnopqrstuv", 26);
            Put(google.Primary(), event);
            event.id = dice_.Token(24);
            event.own = false;
            event.organizer = {.name = "Ada Okafor", .address = "ada@example.org"};
            event.answer = Answer::kAccepted;
            if (event.rule) event.rule->clamp = true;
            Put(microsoft.Primary(), event);
        }
    }

    Dice dice_;
    UtcTime now_;
    World world_;
};

}  // namespace

World MakeWorld(std::uint64_t seed, std::size_t events, UtcTime now) {
    return Seeder(seed, now).Build(events);
}

}  // namespace kamili::simulator
