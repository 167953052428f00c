#pragma once

namespace kamili::internal {

// Prints the place and stops the program. Never returns.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace kamili::internal

// Stops the program when a condition that only a bug of ours can break does not hold. What the
// world sends is never checked with it: that is a Result.
#define KAMILI_CHECK(condition) \
    ((condition) ? (void)0 : ::kamili::internal::CheckFailed(__FILE__, __LINE__, #condition))
