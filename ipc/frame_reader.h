#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kamili::ipc {

// Cuts a stream of bytes into frames that end with a NUL byte. Pure value.
class FrameReader {
  public:
    // A frame may have this many bytes, its NUL not counted.
    explicit FrameReader(std::size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

    void Append(std::string_view bytes);
    // The next whole frame without its NUL; nothing if there is none yet or it is too long.
    std::optional<std::string> Next();
    // A frame, whole or not, is longer than allowed: nothing more comes out of Next.
    bool too_long() const { return too_long_; }
    // Bytes that Next has not given out.
    std::size_t pending() const { return buffer_.size() - start_; }

  private:
    std::size_t frame_bytes_max_;
    std::string buffer_;
    std::size_t start_ = 0;    // of the frame that Next gives out
    std::size_t scanned_ = 0;  // before this there is no NUL of it
    bool too_long_ = false;
};

}  // namespace kamili::ipc
