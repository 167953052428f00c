#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace kamili::storage {

inline constexpr std::size_t kMasterKeyBytes = 32;

// The master key from a key file: 64 hexadecimal digits and a newline. Refuses, with a hint, a file
// that group or others may read (kPermissionDenied), one of another user, and one that is not a key
// (kKeyWrong). Missing is kKeyMissing.
Result<Secret> ReadKeyFile(const std::string& path);

// A key as a key file has it, line break included.
Secret FormatKeyText(const Secret& key);
// The key in a key file's text. kKeyWrong when it is none.
Result<Secret> ParseKeyText(const Secret& text);

// Makes a new key file: written under another name, synced, renamed, 0600. Never overwrites.
Result<Secret> CreateKeyFile(const std::string& path, Random& random);

// The master key from a systemd credential ("kamili.key" in `directory`): raw 32 bytes or the text
// form of a key file. Permissions are systemd's affair and not checked.
Result<Secret> ReadKeyCredential(const std::string& directory);

}  // namespace kamili::storage
