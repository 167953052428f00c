// Preloaded into a program: its wall clock runs KAMILI_TEST_CLOCK_SHIFT_S seconds ahead. Other
// clocks, and what does not ask by clock_gettime, stay.

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

extern "C" int clock_gettime(clockid_t id, timespec* now) noexcept {
    const auto done = static_cast<int>(syscall(SYS_clock_gettime, id, now));
    const char* shift = std::getenv("KAMILI_TEST_CLOCK_SHIFT_S");
    if (done == 0 && id == CLOCK_REALTIME && shift) now->tv_sec += std::atol(shift);
    return done;
}
