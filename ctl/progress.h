#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/time.h"
#include "ctl/look.h"

namespace kamili::ctl {

// How fast a long job goes, and how long it still takes. Looks at the clock once a reading; the
// first one is where it begins, so that what was done before does not count as speed.
class Pace {
  public:
    explicit Pace(const Clock& clock) : clock_(clock) {}

    struct Reading {
        std::optional<std::int64_t> per_second;         // not before the first second is over
        std::optional<std::chrono::milliseconds> left;  // needs a total, too
    };
    // `done` only ever grows. A total that is not known, or was wrong, gives no time left.
    Reading Read(std::int64_t done, std::optional<std::int64_t> total);

  private:
    const Clock& clock_;
    std::optional<Instant> began_;
    std::int64_t first_ = 0;
};

// "[#####...............]  25 %", "1,200 pages/s" and "12 s left", as far as they are known.
std::string ProgressBar(std::int64_t done, std::int64_t total, const Look& look);
std::string PaceWords(const Pace::Reading& reading, const char* things);
// All of it, of a part with `pages` and `total`.
std::string PagesLine(const nlohmann::json& part, Pace& pace, const Look& look);

}  // namespace kamili::ctl
