#pragma once

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace kamili::storage {

inline constexpr std::size_t kRecoveryBytes = 20;

Secret MakeRecoverySecret(Random& random);
// "7K3M-...": nine groups of four; the last one is a checksum (docs/store-format.md).
Secret FormatRecoveryCode(const Secret& secret);
// The bytes behind a code as people type it: in any case, with or without spaces and hyphens, O for
// 0, I or L for 1. kInvalidArgument, which never holds the code, when it was mistyped.
Result<Secret> ParseRecoveryCode(const Secret& text);

}  // namespace kamili::storage
