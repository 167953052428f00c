#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace kamili::oauth {

// An `error` field as it may stand in a message of ours: the short names of RFC 6749 and nothing
// else, since whoever sends it could put anything there.
inline std::string PlainErrorName(std::string_view error) {
    const bool plain =
        !error.empty() && error.size() <= 40 && std::all_of(error.begin(), error.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        });
    return plain ? std::string(error) : "unnamed error";
}

}  // namespace kamili::oauth
