#include "ipc/frame_reader.h"

#include <algorithm>

#include "base/secret.h"

namespace kamili::ipc {

void FrameReader::Append(std::string_view bytes) {
    // What was given out is dropped here and not in Next, so that many small frames in one piece
    // do not move the rest each time.
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
    buffer_.append(bytes);
}

std::optional<std::string> FrameReader::Next() {
    if (too_long_) return std::nullopt;
    const std::size_t end = buffer_.find('\0', scanned_);
    scanned_ = std::min(end, buffer_.size());
    too_long_ = scanned_ - start_ > frame_bytes_max_;
    if (too_long_ || end == std::string::npos) return std::nullopt;
    std::string frame = buffer_.substr(start_, end - start_);
    // It may hold a passphrase, and this memory is used again.
    WipeMemory(buffer_.data() + start_, end - start_);
    start_ = scanned_ = end + 1;
    return frame;
}

}  // namespace kamili::ipc
