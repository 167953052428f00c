#pragma once

#include "base/log.h"
#include "base/time.h"
#include "sync/driver.h"

namespace kamili::sync {

// What the log was last told of an account or a calendar.
struct ToldState {
    model::State state = model::State::kOk;
    ErrorKind kind{};
    Instant since{};  // when it left kOk
};

// One line when the state of an account or a calendar changes, and none while it stays, however
// often it is asked: a network that is away for a night is two lines. Each pass is a line for those
// who debug. Lines hold ids, kinds, counts and durations.
class StateLog {
  public:
    StateLog(Log& log, const Clock& clock) : log_(log), clock_(clock) {}

    void OnPass(model::AccountId account, const Status& status, const PassReport& report,
                ToldState& told);
    void OnRound(model::AccountId account, const Status& status, std::chrono::milliseconds duration,
                 ToldState& told);

  private:
    Log& log_;
    const Clock& clock_;
};

}  // namespace kamili::sync
