#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace kamili::ipc {

// For a service that was started because somebody asked at its socket and cannot serve: tells every
// client that waits at `listening_descriptor` why, as the error `interface`.KIND, and closes its
// connection. Otherwise the service manager would start the service for the same client again and
// again. Clients of other users than `owner_uid` and root are told nothing. The descriptor stays
// open. Waits at most a second for calls that are on their way.
void TurnAwayClients(int listening_descriptor, const std::string& interface, const Error& error,
                     uid_t owner_uid);

}  // namespace kamili::ipc
