#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/secret.h"
#include "storage/cipher.h"

namespace kamili::storage {

// What a guess of a passphrase costs: Argon2id (RFC 9106), version 0x13.
struct KdfCost {
    std::uint32_t passes = 0;
    std::uint32_t memory_kib = 0;
    std::uint32_t lanes = 0;

    friend bool operator==(const KdfCost&, const KdfCost&) = default;
};

// About half a second on a machine of 2023. Memory is what makes guessing dear.
inline constexpr KdfCost kDefaultKdfCost{.passes = 3, .memory_kib = 256u << 10, .lanes = 4};
// The RFC's second recommendation; nothing weaker is made.
inline constexpr KdfCost kLeastKdfCost{.passes = 3, .memory_kib = 64u << 10, .lanes = 4};
// Costs come from a file that somebody may have changed: they must not take the machine down.
inline constexpr KdfCost kMostKdfCost{.passes = 16, .memory_kib = 1u << 20, .lanes = 16};

bool IsAllowed(const KdfCost& cost);

// 32 bytes from a passphrase. kSystem when the memory cannot be had.
Result<Secret> DeriveFromPassphrase(const Secret& passphrase, Bytes salt, const KdfCost& cost);

// All inputs of the RFC, for its test vectors.
struct Argon2Inputs {
    Bytes password, salt, secret, data;
    KdfCost cost;
};
Result<Secret> Argon2id(const Argon2Inputs& inputs);

}  // namespace kamili::storage
