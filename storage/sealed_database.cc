#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "storage/sealed_file.h"

namespace kamili::storage {
namespace {

constexpr sqlite3_int64 kPrefix = static_cast<sqlite3_int64>(kPrefixBytes);
constexpr sqlite3_int64 kPage = static_cast<sqlite3_int64>(kPageBytes);

// SQLite looks at the first bytes before it takes a lock or reads the WAL. If page 1 was torn by a
// power cut during a checkpoint, the WAL still has it; so the probe is answered with the geometry
// that every store has, and the read that follows decides.
void FillProbe(std::uint8_t* page) {
    std::memcpy(page, "SQLite format 3", 16);
    page[16] = kPageBytes >> 8;
    page[17] = kPageBytes & 0xff;
    page[18] = page[19] = 2;  // WAL
    page[20] = kReserveBytes;
    page[21] = 64;
    page[22] = page[23] = 32;
    page[55] = 1;  // auto-vacuum
    page[67] = 1;  // incremental
}

}  // namespace

bool HasStoreGeometry(const std::uint8_t* page_one) {
    return page_one[16] == (kPageBytes >> 8) && page_one[17] == (kPageBytes & 0xff) &&
           page_one[20] == kReserveBytes;
}

int SealedDatabase::ReadRecord(sqlite3_int64 index, std::uint8_t* out) {
    const sqlite3_int64 at = kPrefix + index * kPage;
    // A copy, and not opened where it lies: whoever can write to the file could change it between
    // the two looks that authenticating and deciphering take at it.
    const MappedFile* mapped = secrets_.mapped();
    // A mapping shows zeros behind the end of a file, as if they were there.
    if (mapped && at + kPage > file_bytes_)
        if (const int code = base_.Size(&file_bytes_); code != SQLITE_OK) return code;
    if (mapped && at + kPage <= file_bytes_ &&
        mapped->Copy(static_cast<std::size_t>(at), kPageBytes, out))
        return SQLITE_OK;
    return base_.Read(out, static_cast<int>(kPageBytes), at);
}

// `out` gets the sealed record first and is opened in place.
int SealedDatabase::ReadPage(sqlite3_int64 index, std::uint8_t* out, bool probe) {
    const int code = ReadRecord(index, out);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
    if (code == SQLITE_IOERR_SHORT_READ) {
        sqlite3_int64 size = 0;
        if (const int sized = Size(&size); sized != SQLITE_OK) return sized;
        if (size <= index * kPage) {
            std::fill(out, out + kPageBytes, std::uint8_t{0});
            return SQLITE_IOERR_SHORT_READ;
        }
    }
    // What only the log uses of a record's trailer is zero here, so that no byte goes unchecked;
    // for the same reason a page must be there whole.
    const bool clean =
        code == SQLITE_OK && IsZero({out + kPageBytes - kLogPartBytes, kLogPartBytes});
    if (clean && codec_.OpenPage(static_cast<std::uint64_t>(index + 1), out, out)) return SQLITE_OK;
    std::fill(out, out + kPageBytes, std::uint8_t{0});
    if (probe) {
        FillProbe(out);
        return SQLITE_OK;
    }
    secrets_.ReportDamage(
        fmt::format("page {} at offset {} is not authentic", index + 1, kPrefix + index * kPage));
    return SQLITE_IOERR_DATA;
}

int SealedDatabase::Read(void* out, int size, sqlite3_int64 at) {
    auto* target = static_cast<std::uint8_t*>(out);
    if (size == static_cast<int>(kPageBytes) && at % kPage == 0)
        return ReadPage(at / kPage, target, /*probe=*/false);
    bool is_short = false;
    while (size > 0) {
        std::array<std::uint8_t, kPageBytes> page;  // filled by ReadPage
        const sqlite3_int64 index = at / kPage;
        const int offset = static_cast<int>(at % kPage);
        const int count = std::min(size, static_cast<int>(kPageBytes) - offset);
        const bool probe = index == 0 && at + size < kPage;
        const int code = ReadPage(index, page.data(), probe);
        if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
        is_short = is_short || code == SQLITE_IOERR_SHORT_READ;
        std::copy_n(page.data() + offset, count, target);
        target += count;
        at += count;
        size -= count;
    }
    return is_short ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

int SealedDatabase::Write(const void* data, int size, sqlite3_int64 at) {
    const auto* page = static_cast<const std::uint8_t*>(data);
    if (size != static_cast<int>(kPageBytes) || at % kPage != 0) return SQLITE_IOERR_WRITE;
    const auto number = static_cast<std::uint64_t>(at / kPage + 1);
    if (CheckpointCopy* copy = CheckpointCopy::Current(secrets_)) {
        if (!copy->Takes(number, page)) return SQLITE_IOERR_WRITE;
        return base_.Write(page, size, kPrefix + at);
    }
    if (number == 1 && !HasStoreGeometry(page)) return SQLITE_IOERR_WRITE;
    std::array<std::uint8_t, kPageBytes> record;  // filled by SealPage
    if (!codec_.SealPage(number, page, record.data())) return SQLITE_IOERR_WRITE;
    return base_.Write(record.data(), size, kPrefix + at);
}

int SealedDatabase::Truncate(sqlite3_int64 size) { return base_.Truncate(kPrefix + size); }

int SealedDatabase::Size(sqlite3_int64* size) {
    const int code = base_.Size(size);
    *size = std::max<sqlite3_int64>(0, *size - kPrefix);
    return code;
}

}  // namespace kamili::storage
