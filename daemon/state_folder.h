#pragma once

#include <string>

#include "base/result.h"

namespace kamili::daemon {

// The folder of the store, ours alone: 0700, owned by us, and locked for as long as this lives, so
// that no second daemon works on it.
class StateFolder {
  public:
    // Makes the folder if it is missing and closes it to others if it is open to them.
    // kPermissionDenied for a folder of another user, kAlreadyRunning when it is locked.
    static Result<StateFolder> Open(const std::string& path);
    StateFolder(StateFolder&& other) noexcept;
    StateFolder& operator=(StateFolder&&) = delete;
    ~StateFolder();

    const std::string& path() const { return path_; }

  private:
    StateFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::string path_;
    int lock_ = -1;
};

}  // namespace kamili::daemon
