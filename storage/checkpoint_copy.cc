#include "storage/checkpoint_copy.h"

#include <algorithm>
#include <utility>

namespace kamili::storage {
namespace {

thread_local CheckpointCopy on_this_thread;

}  // namespace

void CheckpointCopy::Begin(const StoreSecrets& secrets) {
    on_this_thread = {};
    on_this_thread.secrets_ = &secrets;
}

void CheckpointCopy::End() { on_this_thread = {}; }

CheckpointCopy* CheckpointCopy::Current(const StoreSecrets& secrets) {
    return on_this_thread.secrets_ == &secrets ? &on_this_thread : nullptr;
}

void CheckpointCopy::Give(std::uint64_t number, const std::uint8_t* record) {
    number_ = number;
    std::copy_n(record + kRecordTagAt, kTagBytes, tag_.begin());
}

bool CheckpointCopy::Takes(std::uint64_t number, const std::uint8_t* record) {
    return std::exchange(number_, 0) == number &&
           std::equal(tag_.begin(), tag_.end(), record + kRecordTagAt);
}

}  // namespace kamili::storage
