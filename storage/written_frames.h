#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "storage/base_file.h"
#include "storage/page_codec.h"

namespace kamili::storage {

// The newest frames of the log, sealed, as one handle wrote them. They wait to be written together,
// and are kept until a checkpoint has moved them: it then takes a record from here instead of
// reading, opening and sealing it again. Up to 8 MiB, as much as was written since the log began.
// Not thread-safe.
class WrittenFrames {
  public:
    explicit WrittenFrames(BaseFile& base) : base_(base) {}

    // Where frame `index` is to be sealed (kFrameBytes); what cannot wait together with it is
    // written first.
    int Place(std::uint64_t index, std::uint8_t** out);
    // The frame that was sealed in the last place waits from now on; it is of that page.
    void Add(std::uint64_t index, std::uint32_t page);
    // Writes what waits. What could not be written is forgotten.
    int Flush();
    struct Kept {
        const std::uint8_t* frame = nullptr;  // nothing when it is not kept
        std::uint32_t page = 0;
    };
    Kept Find(std::uint64_t index) const;
    // Forgets all of them; those that wait are never written.
    void Clear();

  private:
    // SQLite's checkpoints come after 1,000 frames, but never within a transaction.
    static constexpr std::size_t kSlots = 2048;
    // SQLite's file layer takes less than 128 KiB in one call.
    static constexpr std::size_t kTogetherMax = 28;
    struct About {
        std::uint64_t index_and_one = 0;  // 0: nothing is kept in this slot
        std::uint32_t page = 0;
    };
    std::uint8_t* Slot(std::uint64_t index) { return &bytes_[index % kSlots * kFrameBytes]; }

    BaseFile& base_;
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::array<About, kSlots> about_{};
    std::uint64_t first_waiting_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace kamili::storage
