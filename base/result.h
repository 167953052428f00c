#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace kamili {

// A value or an Error. The accessors are those of std::expected, which g++ 12 has only in C++23.
// Reading the side that is not there is a bug and stops the program.
template <typename T>
class [[nodiscard]] Result {
    static_assert(!std::is_same_v<T, Error>);

  public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    template <typename U>
    requires(std::is_convertible_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
        : state_(std::in_place_index<0>, std::forward<U>(value)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() & {
        KAMILI_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        KAMILI_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        KAMILI_CHECK(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() & {
        KAMILI_CHECK(!has_value());
        return *std::get_if<1>(&state_);
    }
    const Error& error() const& {
        KAMILI_CHECK(!has_value());
        return *std::get_if<1>(&state_);
    }
    Error&& error() && {
        KAMILI_CHECK(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }

    T value_or(T other) const& { return has_value() ? value() : std::move(other); }

  private:
    std::variant<T, Error> state_;
};

// Success or an Error: `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool has_value() const { return !error_.has_value(); }
    explicit operator bool() const { return has_value(); }

    Error& error() & {
        KAMILI_CHECK(error_.has_value());
        return *error_;
    }
    const Error& error() const& {
        KAMILI_CHECK(error_.has_value());
        return *error_;
    }
    Error&& error() && {
        KAMILI_CHECK(error_.has_value());
        return std::move(*error_);
    }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace kamili
