#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace kamili::ipc {

// A listening Unix socket, made here or passed in. Closed when it goes; one that was made here is
// removed from its folder, too, unless another file has taken its place.
class ListeningSocket {
  public:
    // Binds `path` with mode 0600; the last folder of it is made with 0700 if it is missing. A
    // socket that nobody serves is replaced. Fails with kAlreadyRunning if somebody does,
    // kBadConfiguration if another kind of file is there, kInvalidArgument for a path that is too
    // long, kSystem otherwise.
    static Result<ListeningSocket> Bind(const std::string& path);
    // Takes a descriptor; kInvalidArgument if it is not a listening Unix stream socket.
    static Result<ListeningSocket> Take(int descriptor);

    ListeningSocket(ListeningSocket&& other) noexcept;
    ListeningSocket& operator=(ListeningSocket&&) = delete;
    ~ListeningSocket();

    int descriptor() const { return descriptor_; }

  private:
    explicit ListeningSocket(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
    std::string path_;  // empty if passed in
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace kamili::ipc
