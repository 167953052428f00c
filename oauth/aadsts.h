#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kamili::oauth {

// Microsoft's numbers behind "AADSTS" in error texts. They choose the words that a user reads and
// little else: the kind of an error comes from the `error` field.

// The number of the first "AADSTSnnnnn" in a text, if there is one.
std::optional<std::int64_t> FindAadsts(std::string_view text);
// Is an administrator's consent what is missing?
bool NeedsAdmin(std::int64_t code);
// The token endpoint blocks a client that asks for the same token too often. That passes by itself
// although it comes as a refusal.
inline constexpr std::int64_t kLoopDetected = 50196;
// In words, as the end of a sentence ("..., because X"); empty for a number without a text.
std::string_view AadstsWords(std::int64_t code);
// The same for the `suberror` field.
std::string_view SuberrorWords(std::string_view suberror);

}  // namespace kamili::oauth
