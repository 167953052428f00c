#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kamili::ipc {

// A client that sends whatever bytes it is told to. It waits for at most ten seconds.
class RawClient {
  public:
    explicit RawClient(const std::string& path);
    explicit RawClient(int descriptor) : descriptor_(descriptor) {}
    RawClient(RawClient&& other) noexcept;
    ~RawClient() { Close(); }

    // False if the server has gone.
    bool Send(std::string_view bytes);
    // The text and its NUL.
    bool SendFrame(std::string_view text);
    // The next frame, nothing if the server closes first.
    std::optional<std::string> Next();
    // Does the server close without sending any more?
    bool IsClosed() { return !Next().has_value(); }
    // Has anything come, or has the server closed, within `wait_ms`?
    bool Hears(int wait_ms);
    void EndInput();
    void Close();
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_ = -1;
    std::string received_;
};

}  // namespace kamili::ipc
