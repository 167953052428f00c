#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/check.h"

namespace kamili::model {

// One value of an enum and its word in JSON, storage and logs.
template <typename E>
struct Name {
    E value;
    std::string_view text;
};

// The word of a value; every value must be in the table.
template <typename E, std::size_t N>
std::string_view TextIn(const std::array<Name<E>, N>& names, E value) {
    for (const auto& name : names)
        if (name.value == value) return name.text;
    KAMILI_CHECK(false);
    return {};
}

// The value with that word, if there is one.
template <typename E, std::size_t N>
std::optional<E> ValueIn(const std::array<Name<E>, N>& names, std::string_view text) {
    for (const auto& name : names)
        if (name.text == text) return name.value;
    return std::nullopt;
}

}  // namespace kamili::model
