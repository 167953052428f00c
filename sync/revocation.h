#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "model/ids.h"
#include "storage/store.h"

namespace kamili::sync {

// The token whose revocation ends an account's grant at its provider. kNotSupported, with the
// address where the user can do it, for Microsoft; kAuthRevoked if no token is stored; kNotFound.
Result<Secret> TokenToRevoke(const storage::ReadView& view, model::AccountId id);

}  // namespace kamili::sync
