#include "storage/free_space.h"

#include "storage/view.h"

namespace kamili::storage {
namespace {

// Fewer will be used again soon.
constexpr std::int64_t kKeptPages = 64;

}  // namespace

Status ReleaseFreePages(Txn& txn) {
    auto free = txn.connection().Prepare("PRAGMA freelist_count");
    if (!free) return std::move(free).error();
    if (auto row = free->Step(); !row) return std::move(row).error();
    if (free->Int(0) <= kKeptPages) return {};
    return txn.connection().Execute("PRAGMA incremental_vacuum(10240);");
}

}  // namespace kamili::storage
