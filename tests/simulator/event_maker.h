#pragma once

#include <string>
#include <vector>

#include "tests/simulator/dice.h"
#include "tests/simulator/world.h"

namespace kamili::simulator {

// Throws events of every kind that the services have. The same dice give the same events.
class EventMaker {
  public:
    EventMaker(Dice& dice, Service service, UtcTime now)
        : dice_(dice), service_(service), now_(now) {}

    // A single event or a series that belongs into that calendar, with an id of its own.
    SimEvent Make(const Person& person, const Calendar& calendar);
    // Changes or removes up to `most` of its next occurrences.
    std::vector<SimEvent> Exceptions(const SimEvent& master, int most);
    // One occurrence of it changed (or removed), drawn from those between 60 days ago and 300 days
    // ahead; nothing if there is none.
    std::optional<SimEvent> Exception(const SimEvent& master);

    std::string Title();
    std::string NewId();
    // What "this and following" makes of a master's id.
    std::string SplitId(const SimEvent& master, const When& from);
    // New times for an event, of the same kind.
    void Move(SimEvent& event);

  private:
    void SetTimed(SimEvent& event, const std::string& zone);
    void SetAllDay(SimEvent& event, const std::string& zone, int days);
    void MakeSeries(SimEvent& event);
    void Special(SimEvent& event, const Calendar& calendar);
    void Birthday(SimEvent& event);
    void Details(SimEvent& event, const Person& person);
    void People(SimEvent& event, const Person& person);
    void AddDates(SimEvent& event);
    Day SomeDay(int from, int to);
    Rule MakeRule();

    Dice& dice_;
    Service service_;
    UtcTime now_;
};

}  // namespace kamili::simulator
