#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "ctl/session.h"

namespace kamili::ctl {

// A passphrase or a recovery code: typed unseen on a terminal after `prompt`, otherwise the first
// line of standard input. Never an argument or the environment. kCancelled when nothing came.
Result<Secret> AskSecret(Session& session, const std::string& prompt);
// Asked for twice on a terminal; kInvalidArgument when the two differ.
Result<Secret> AskNewSecret(Session& session, const std::string& prompt);
// The text of a key file.
Result<Secret> ReadSecretFile(const std::string& path);

}  // namespace kamili::ctl
