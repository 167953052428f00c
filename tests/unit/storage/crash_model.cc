#include "tests/unit/storage/crash_model.h"

#include <algorithm>
#include <cstring>

namespace kamili::testing {
namespace {

using Kind = MemoryDisk::Change::Kind;
constexpr std::size_t kSectorBytes = 512;

void Carry(FileBytes& file, const MemoryDisk::Change& change) {
    const auto at = static_cast<std::size_t>(change.at);
    if (change.kind == Kind::kTruncate) return file.resize(at);
    file.resize(std::max(file.size(), at + change.bytes.size()));
    std::copy(change.bytes.begin(), change.bytes.end(),
              file.begin() + static_cast<std::ptrdiff_t>(at));
}

// Some of the sectors; the file may have grown all the same.
void CarryTorn(FileBytes& file, const MemoryDisk::Change& change, Random& random) {
    const auto at = static_cast<std::size_t>(change.at);
    const std::size_t end = at + change.bytes.size();
    file.resize(std::max(file.size(), end));
    for (std::size_t begin = at; begin < end;) {
        const std::size_t stop = std::min(end, (begin / kSectorBytes + 1) * kSectorBytes);
        if (random.Below(2) == 0)
            std::memcpy(file.data() + begin, change.bytes.data() + (begin - at), stop - begin);
        begin = stop;
    }
}

}  // namespace

CrashModel::CrashModel(MemoryDisk::Files files) {
    for (auto& [name, bytes] : files) {
        names_[name] = inodes_.size();
        inodes_.push_back({std::move(bytes), {}});
    }
}

void CrashModel::Apply(const MemoryDisk::Change& change) {
    auto& entry = names_[change.file];
    switch (change.kind) {
        case Kind::kCreate:
            older_[change.file].push_back(entry);
            entry = inodes_.size();
            inodes_.push_back({});
            break;
        case Kind::kDelete:
            older_[change.file].push_back(entry);
            entry.reset();
            break;
        case Kind::kSync: {
            Inode& inode = inodes_[*entry];
            for (const auto& pending : inode.pending) Carry(inode.durable, pending);
            inode.pending.clear();
            // SQLite syncs the folder with the first sync of a file that it made.
            older_[change.file].clear();
            break;
        }
        case Kind::kWrite:
        case Kind::kTruncate:
            inodes_[*entry].pending.push_back(change);
            break;
    }
}

FileBytes CrashModel::Image(const Inode& inode, Cut cut, Random& random) {
    FileBytes out = inode.durable;
    if (cut == Cut::kSynced) return out;
    for (const auto& change : inode.pending) {
        if (cut != Cut::kClean && random.Below(3) == 0) continue;
        if (cut == Cut::kTorn && change.kind == Kind::kWrite && random.Below(2) == 0)
            CarryTorn(out, change, random);
        else
            Carry(out, change);
    }
    return out;
}

MemoryDisk::Files CrashModel::After(Cut cut, Random& random) const {
    MemoryDisk::Files out;
    for (const auto& [name, now] : names_) {
        auto entry = now;
        const auto older = older_.find(name);
        if (cut != Cut::kClean && older != older_.end() && !older->second.empty()) {
            const auto pick = random.Below(older->second.size() + 1);
            if (pick < older->second.size()) entry = older->second[pick];
        }
        if (entry) out[name] = Image(inodes_[*entry], cut, random);
    }
    return out;
}

}  // namespace kamili::testing
