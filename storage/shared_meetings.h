#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/range_stretch.h"

namespace kamili::storage {

// Of the same meeting in several accounts only one row says whether it is busy. Finds out for one
// row at a time; most meetings are in one account only, which three look-ups say. For one question.
class SharedMeetings {
  public:
    // All of these outlive it.
    SharedMeetings(const ReadView& view, const model::TimeRange& range,
                   const std::vector<EnabledCalendar>& calendars,
                   const std::vector<model::EventId>& expanded)
        : view_(view), range_(range), calendars_(calendars), expanded_(expanded) {}

    struct Row {
        model::CalendarId calendar;
        std::int64_t length_class = 0;
        std::int64_t start_ms = 0;
        model::EventId event;
    };
    // Does this row stand for its meeting?
    Result<bool> Stands(const Row& row);
    // Is the meeting in more than one account?
    Result<bool> IsShared(const std::string& uid);
    // A meeting whose occurrences are not all kept was met: Stands may have been wrong.
    bool is_lost() const { return lost_; }

  private:
    // Event and start of the rows that stand for it; nothing: each for itself.
    using Standing = std::set<std::pair<model::EventId, std::int64_t>>;
    struct Meeting {
        bool shared = false;
        Standing standing;
    };
    struct Mate {
        model::EventId event;
        EnabledCalendar calendar;
    };

    Result<const Meeting*> Find(const std::string& uid);
    Result<Meeting> Resolve(const std::string& uid);
    Result<std::vector<Mate>> MatesOf(const std::string& uid);
    struct Seen;
    Status ReadRows(const Mate& mate, const LengthClass& length, std::vector<Seen>& seen);

    const ReadView& view_;
    const model::TimeRange& range_;
    const std::vector<EnabledCalendar>& calendars_;
    const std::vector<model::EventId>& expanded_;
    std::map<model::EventId, const Meeting*> events_;
    std::map<std::string, Meeting> meetings_;
    bool lost_ = false;
};

}  // namespace kamili::storage
