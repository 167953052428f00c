#pragma once

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "daemon/places.h"

namespace kamili::daemon {

// kPerson: somebody typed a passphrase or a recovery code. kKeyring: the desktop's.
enum class KeyOrigin { kCredential, kKeyFile, kPerson, kKeyring };

struct MasterKey {
    Secret key;
    KeyOrigin origin = KeyOrigin::kKeyFile;
    bool made_now = false;
};

// What opens a key slot of the store: systemd's credential "kamili.key" if there is one, else the
// key file in the state folder, which is made at the first start. kKeyMissing when there is a store
// but no key: a new one would not open it.
Result<MasterKey> LoadMasterKey(const Places& places, Random& random);

}  // namespace kamili::daemon
