#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kamili {

// RFC 4648 section 5, without padding.
std::string Base64Url(std::span<const std::uint8_t> bytes);
// Accepts padding or none; nothing for any other character or an impossible length.
std::optional<std::vector<std::uint8_t>> ParseBase64Url(std::string_view text);
// Lower-case hexadecimal.
std::string Hex(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> ParseHex(std::string_view text);
// Is it well-formed UTF-8 (no surrogates, no overlong forms)?
bool IsUtf8(std::string_view text);

// The bytes behind a text, for interfaces that take bytes.
inline std::span<const std::uint8_t> AsBytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace kamili
