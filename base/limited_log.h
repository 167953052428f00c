#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/time.h"

namespace kamili {

// At once, and after them one a second.
inline constexpr int kLinesAtOnce = 30;

// Passes lines on to another log, but of one message no more than kLinesAtOnce at once and one a
// second after them: nobody from outside can fill the journal. How many were left out is told with
// the next one that is not. Debug lines are for those who want all of them, and not limited. Any
// thread.
class LimitedLog final : public Log {
  public:
    LimitedLog(std::unique_ptr<Log> log, const Clock& clock);
    void Write(LogLevel level, std::string_view message, Fields fields) override;

  private:
    struct Message {
        double room = kLinesAtOnce;  // lines that may come now
        Instant at{};                // when `room` was counted
        std::int64_t left_out = 0;
    };
    // How many were left out before this one, or nothing if it is one of them itself.
    std::optional<std::int64_t> Admit(std::string_view message);

    const std::unique_ptr<Log> log_;
    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Message, std::less<>> messages_;
};

}  // namespace kamili
