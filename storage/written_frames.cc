#include "storage/written_frames.h"

#include <utility>

#include "base/check.h"

namespace kamili::storage {

int WrittenFrames::Place(std::uint64_t index, std::uint8_t** out) {
    // Untouched pages of it cost nothing.
    if (!bytes_) bytes_.reset(new std::uint8_t[kSlots * kFrameBytes]);
    const bool follows = index == first_waiting_ + waiting_ && index % kSlots != 0;
    if (!follows || waiting_ == kTogetherMax)
        if (const int code = Flush(); code != SQLITE_OK) return code;
    about_[index % kSlots] = {};
    *out = Slot(index);
    return SQLITE_OK;
}

void WrittenFrames::Add(std::uint64_t index, std::uint32_t page) {
    if (waiting_ == 0) first_waiting_ = index;
    KAMILI_CHECK(index == first_waiting_ + waiting_);
    about_[index % kSlots] = {.index_and_one = index + 1, .page = page};
    ++waiting_;
}

int WrittenFrames::Flush() {
    const std::size_t count = std::exchange(waiting_, 0);
    if (count == 0) return SQLITE_OK;
    const auto at = kWalHeaderBytes + first_waiting_ * kFrameBytes;
    const int code = base_.Write(Slot(first_waiting_), static_cast<int>(count * kFrameBytes),
                                 static_cast<sqlite3_int64>(at));
    if (code != SQLITE_OK)
        for (std::size_t i = 0; i < count; ++i) about_[(first_waiting_ + i) % kSlots] = {};
    return code;
}

WrittenFrames::Kept WrittenFrames::Find(std::uint64_t index) const {
    const About& about = about_[index % kSlots];
    if (about.index_and_one != index + 1) return {};
    return {.frame = &bytes_[index % kSlots * kFrameBytes], .page = about.page};
}

void WrittenFrames::Clear() {
    bytes_.reset();
    about_.fill({});
    waiting_ = 0;
}

}  // namespace kamili::storage
