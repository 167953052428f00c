#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"

namespace kamili {

std::uint64_t Random::Below(std::uint64_t bound) {
    KAMILI_CHECK(bound > 0);
    // Values past the last whole multiple of `bound` would favour small results.
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        std::uint64_t value = 0;
        Fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
        if (value < limit) return value % bound;
    }
}

std::string Random::Token(std::size_t bytes) {
    std::vector<std::uint8_t> raw(bytes);
    Fill(raw);
    return Base64Url(raw);
}

void SystemRandom::Fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t got = getrandom(out.data(), out.size(), 0);
        if (got < 0) {
            KAMILI_CHECK(errno == EINTR);
            continue;
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace kamili
