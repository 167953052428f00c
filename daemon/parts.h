#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "daemon/json_text.h"
#include "daemon/methods.h"

namespace kamili::daemon {

inline constexpr std::size_t kPartRows = 500;         // rows in one part of a streamed answer
inline constexpr std::size_t kWholeRowsMax = 10'000;  // rows in an answer that is not streamed

Error TooManyRows();

// An answer up to the first row under `field`; "]}" ends it.
std::string ListHead(const nlohmann::json& frame, const char* field);

// Sends `rows` under `field` beside what `frame` holds: in parts when the call said `more`, at the
// client's pace, otherwise in one answer or as TooMany.
void ReplyInParts(const CallPointer& call, const nlohmann::json& frame, const char* field,
                  WrittenRows rows);

}  // namespace kamili::daemon
