#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kamili {

namespace internal {
std::string IdText(char prefix, std::int64_t row);
std::optional<std::int64_t> ParseIdText(char prefix, std::string_view text);
}  // namespace internal

// The number of a row that is never given out again, as a type of its own for each Tag.
// Tag::kPrefix is the letter before the number in the text that people and clients see: "a1",
// "c12", "e345". Clients treat that text as opaque.
template <typename Tag>
class Id {
  public:
    Id() = default;
    explicit constexpr Id(std::int64_t row) : row_(row) {}

    constexpr std::int64_t row() const { return row_; }
    constexpr bool is_valid() const { return row_ > 0; }
    std::string Text() const { return internal::IdText(Tag::kPrefix, row_); }

    // Nothing for anything but the exact text that Text() makes.
    static std::optional<Id> Parse(std::string_view text) {
        const auto row = internal::ParseIdText(Tag::kPrefix, text);
        if (!row) return std::nullopt;
        return Id(*row);
    }

    friend constexpr auto operator<=>(const Id&, const Id&) = default;

  private:
    std::int64_t row_ = 0;
};

}  // namespace kamili

template <typename Tag>
struct std::hash<kamili::Id<Tag>> {
    std::size_t operator()(const kamili::Id<Tag>& id) const noexcept {
        return std::hash<std::int64_t>{}(id.row());
    }
};
