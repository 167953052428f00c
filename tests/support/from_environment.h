#pragma once

#include <cstdint>
#include <cstdlib>

namespace kamili::testing {

// How much of something a test does: what the environment says, else `otherwise`.
inline std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace kamili::testing
