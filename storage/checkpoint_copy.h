#pragma once

#include <array>
#include <cstdint>

#include "storage/page_codec.h"

namespace kamili::storage {

// While SQLite moves pages from the log into the database it reads each and writes it without a
// look at it; the sealed record is the same in both places, so it is moved as it is. One checkpoint
// runs in one thread from its first to its last call, and nothing else does in that thread.
class CheckpointCopy {
  public:
    static void Begin(const StoreSecrets& secrets);
    // Of whichever store this thread was moving pages of.
    static void End();
    // Nothing when this thread moves no pages of that store.
    static CheckpointCopy* Current(const StoreSecrets& secrets);

    // The record that the log's side hands out as page `number`.
    void Give(std::uint64_t number, const std::uint8_t* record);
    // Is this the record that was given last?
    bool Takes(std::uint64_t number, const std::uint8_t* record);

  private:
    const StoreSecrets* secrets_ = nullptr;
    std::uint64_t number_ = 0;  // 0: none was given
    std::array<std::uint8_t, kTagBytes> tag_{};
};

}  // namespace kamili::storage
