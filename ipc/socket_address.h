#pragma once

#include <sys/un.h>

#include <string>

#include "base/result.h"

namespace kamili::ipc {

// The address of a Unix socket at `path`. Fails with kInvalidArgument if the path is empty or
// longer than the kernel takes (107 bytes).
Result<sockaddr_un> MakeSocketAddress(const std::string& path);

}  // namespace kamili::ipc
