#include "storage/recovery_code.h"

#include <optional>
#include <string_view>

#include "base/encoding.h"
#include "storage/cipher.h"

namespace kamili::storage {
namespace {

// Crockford's: without letters that look like another one.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kDataDigits = kRecoveryBytes * 8 / 5;
constexpr std::size_t kCheckDigits = 4;
constexpr std::size_t kDigits = kDataDigits + kCheckDigits;
constexpr std::size_t kGroup = 4;

std::optional<std::uint8_t> ValueOf(char c) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const auto at = kAlphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint8_t>(at);
}

// The five bits that begin at `bit`, most significant first; `bit` is a multiple of five.
std::uint8_t FiveBits(Bytes bytes, std::size_t bit) {
    const std::size_t at = bit / 8;
    const unsigned high = bytes[at];
    const unsigned low = at + 1 < bytes.size() ? bytes[at + 1] : 0;
    return static_cast<std::uint8_t>((((high << 8) | low) >> (11 - bit % 8)) & 31);
}

Secret ChecksumOf(const Secret& secret) {
    Secret covered(std::string_view("kamili recovery "));
    covered.Append(secret.Reveal());
    const auto hash = Sha256(covered.bytes());
    return Secret(Bytes(hash).first(3));
}

Error Mistyped() {
    return {.kind = ErrorKind::kInvalidArgument,
            .message = "this is not a recovery code; one character or more is mistyped",
            .hint = "it has nine groups of four letters and digits"};
}

// The digits of `text` as numbers, or nothing when they are not kDigits.
std::optional<Secret> DigitsOf(const Secret& text) {
    Secret digits = Secret::OfSize(kDigits);
    std::size_t count = 0;
    for (const char c : text.Reveal()) {
        if (c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n') continue;
        const auto value = ValueOf(c);
        if (!value || count == kDigits) return std::nullopt;
        digits.writable()[count++] = *value;
    }
    if (count != kDigits) return std::nullopt;
    return digits;
}

}  // namespace

Secret MakeRecoverySecret(Random& random) {
    Secret secret = Secret::OfSize(kRecoveryBytes);
    random.Fill(secret.writable());
    return secret;
}

Secret FormatRecoveryCode(const Secret& secret) {
    const Secret check = ChecksumOf(secret);
    Secret out = Secret::OfSize(kDigits + kDigits / kGroup - 1);
    std::size_t at = 0;
    for (std::size_t digit = 0; digit < kDigits; ++digit) {
        const bool is_data = digit < kDataDigits;
        const auto value = is_data ? FiveBits(secret.bytes(), digit * 5)
                                   : FiveBits(check.bytes(), (digit - kDataDigits) * 5);
        if (digit > 0 && digit % kGroup == 0) out.writable()[at++] = '-';
        out.writable()[at++] = static_cast<std::uint8_t>(kAlphabet[value]);
    }
    return out;
}

Result<Secret> ParseRecoveryCode(const Secret& text) {
    const auto digits = DigitsOf(text);
    if (!digits) return Mistyped();
    Secret secret = Secret::OfSize(kRecoveryBytes);
    for (std::size_t bit = 0; bit < kRecoveryBytes * 8; ++bit) {
        const unsigned value = digits->bytes()[bit / 5];
        const unsigned set = (value >> (4 - bit % 5)) & 1;
        auto& byte = secret.writable()[bit / 8];
        byte = static_cast<std::uint8_t>(byte | (set << (7 - bit % 8)));
    }
    const Secret check = ChecksumOf(secret);
    for (std::size_t i = 0; i < kCheckDigits; ++i)
        if (FiveBits(check.bytes(), i * 5) != digits->bytes()[kDataDigits + i]) return Mistyped();
    return secret;
}

}  // namespace kamili::storage
