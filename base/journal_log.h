#pragma once

#include <memory>

#include "base/log.h"

namespace kamili {

// The log of the programs: structured fields to the journal when standard error is connected to it
// (JOURNAL_STREAM), otherwise one line each on standard error: "warn: message name=value". Lines
// above `level` are dropped. Control characters are replaced. Any thread.
std::unique_ptr<Log> MakeLog(LogLevel level);

}  // namespace kamili
