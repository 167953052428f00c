#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace kamili::internal {

void CheckFailed(const char* file, int line, const char* condition) {
    std::fprintf(stderr, "%s:%d: this should never happen: %s\n", file, line, condition);
    std::abort();
}

}  // namespace kamili::internal
