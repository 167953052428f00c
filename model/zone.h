#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event_time.h"

namespace kamili::model {

// One time zone: an IANA zone of the system's zone files, "UTC", or a fixed offset ("+05:30").
// A cheap value. Thread-safe.
class Zone {
  public:
    // Nothing for an unknown name. Answers are remembered, so the second call costs a map look-up.
    static std::optional<Zone> Load(std::string_view name);
    static Zone Utc();
    // Reads the files of all loaded zones again, after the system's zone files have changed. Load
    // gives the new rules from now on; values from before keep theirs, and so does a zone whose
    // file is gone or cannot be read. The names of those that changed. What cctz knows of the old
    // rules, some kilobytes each, stays until the process ends.
    static std::vector<std::string> LoadChanged();

    const std::string& name() const;
    // Wall time to instant. In a gap the wall time moves forward by the gap's length (the offset
    // before it applies); in an overlap the first pass is meant (RFC 5545 section 3.3.5).
    UtcTime ToUtc(std::chrono::local_seconds wall) const;
    std::chrono::local_seconds ToWall(UtcTime utc) const;
    // Offset from UTC at that instant, east positive.
    std::chrono::seconds OffsetAt(UtcTime utc) const;

  private:
    struct Rules;
    struct Loaded;
    explicit Zone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
    std::shared_ptr<const Rules> rules_;
};

// The IANA name for a provider's zone name: an IANA name stays, a Windows name goes through CLDR
// (ICU) and a small table of newer names. Nothing if it cannot be named
// ("tzone://Microsoft/Custom", "Customized Time Zone", "").
std::optional<std::string> IanaZoneName(std::string_view name);

// A timed EventTime from a wall time in a zone that Zone::Load knows.
EventTime TimedAt(std::chrono::local_seconds wall, const Zone& zone);
// A timed EventTime from an instant, shown in that zone.
EventTime TimedAt(UtcTime utc, const Zone& zone);

// RFC 3339 with the offset valid then ("2026-01-15T10:00:00+01:00"; UTC gives "Z"), or the date
// when all-day: the form of the contract.
std::string FormatEventTime(const EventTime& time);

}  // namespace kamili::model
