#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kamili::ctl {

// What the lists need to know of a calendar to name it: a letter that no other calendar has, so
// that nothing depends on colour alone.
struct CalendarName {
    std::string letter;
    std::string name;   // cleaned
    std::string color;  // "#rrggbb" or empty
};

// The calendars of a ListCalendars answer by their ids.
class CalendarBook {
  public:
    CalendarBook() = default;
    explicit CalendarBook(const nlohmann::json& calendars);

    // An unknown id gets "?" and its id as the name.
    CalendarName Find(const std::string& id) const;

  private:
    std::map<std::string, CalendarName> names_;
};

}  // namespace kamili::ctl
