#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>

#include "base/secret.h"

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace kamili::storage {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kNonceBytes = 12;

// HKDF-SHA256 (RFC 5869): a key for one purpose.
Secret DeriveKey(const Secret& key, Bytes salt, std::string_view purpose, Bytes context);
std::array<std::uint8_t, 32> HmacSha256(const Secret& key, Bytes data);
std::array<std::uint8_t, 32> Sha256(Bytes data);
// HmacSha256 under one key many times: the key is taken in once. Not thread-safe.
class Hmac {
  public:
    explicit Hmac(const Secret& key);
    std::array<std::uint8_t, 32> Of(Bytes data);

  private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_mac_ctx_st, Free> context_;
};
// Constant time in the content.
bool SameBytes(Bytes a, Bytes b);
bool IsZero(Bytes bytes);

struct FreeCipherContext {
    void operator()(evp_cipher_ctx_st* context) const noexcept;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, FreeCipherContext>;

// XAES-256-GCM (C2SP): AES-256-GCM with a 192-bit nonce, of which the first half chooses the key
// (CMAC-based) and the second is GCM's own. Keys of recent first halves are kept, so the price of
// the longer nonce is a look-up. Not thread-safe: one for each connection.
class Xaes {
  public:
    explicit Xaes(const Secret& key);
    Xaes(const Xaes&) = delete;
    Xaes& operator=(const Xaes&) = delete;
    ~Xaes();

    // `out` is as long as `in` and may be the same memory. `half` and `nonce` have kNonceBytes.
    void Seal(Bytes half, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out, std::uint8_t* tag);
    // False if the tag does not fit; `out` is then undefined.
    bool Open(Bytes half, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out,
              const std::uint8_t* tag);

  private:
    using Half = std::array<std::uint8_t, kNonceBytes>;
    // Pages are opened under the halves of many past sessions, but sealed under one.
    struct Contexts {
        std::map<Half, CipherContext> all;
        std::map<Half, CipherContext>::const_iterator last = all.end();
    };
    evp_cipher_ctx_st* ContextFor(Contexts& contexts, Bytes half, bool seal);
    Secret DeriveFor(Bytes half) const;

    Secret key_;
    std::array<std::uint8_t, 16> subkey_{};  // K1 of CMAC
    Contexts sealers_;
    Contexts openers_;
};

// One AES-256-GCM message with a key used for few of them: nonce, ciphertext and tag in one piece.
std::size_t SealedSize(std::size_t plain);
void SealSmall(const Secret& key, Bytes nonce, Bytes aad, Bytes in, std::uint8_t* out);
// Nothing but a size change by nonce and tag: `in` as SealSmall made it. An empty optional-like
// result is an empty Secret with `good` false.
struct Opened {
    bool good = false;
    Secret plain;
};
Opened OpenSmall(const Secret& key, Bytes aad, Bytes in);

}  // namespace kamili::storage
