#include "storage/statistics.h"

#include <fmt/format.h>

#include <array>

#include "storage/journal.h"
#include "storage/schema.h"
#include "storage/superblock.h"
#include "storage/view.h"

namespace kamili::storage {

Result<Statistics> ReadStatistics(const ReadView& view) {
    Statistics out;
    auto counts = view.connection().Prepare(
        "SELECT c.id,(SELECT count(*) FROM events e WHERE e.calendar_id=c.id)-"
        "(SELECT count(*) FROM events e INDEXED BY events_cancelled WHERE e.calendar_id=c.id AND "
        "e.kind='cancelled_exception') FROM calendars c ORDER BY c.id");
    if (!counts) return std::move(counts).error();
    for (;;) {
        const auto row = counts->Step();
        if (!row) return row.error();
        if (!*row) break;
        ++out.calendars;
        out.events += counts->Int(1);
        out.events_by_calendar[model::CalendarId(counts->Int(0))] = counts->Int(1);
    }
    const auto bounds = FindJournalBounds(view);
    if (!bounds) return bounds.error();
    out.journal = bounds->last;
    const auto version = ReadSchemaVersion(view.connection());
    if (!version) return version.error();
    out.schema = *version;
    return out;
}

namespace {

Error Damaged(std::string_view what) {
    return {.kind = ErrorKind::kStoreDamaged,
            .message = fmt::format("the store is damaged: {}", what),
            .hint = "set it aside and pull again, or restore a backup"};
}

// A page may be half written by a checkpoint of this moment, but not three times in a row.
int ReadPatiently(sqlite3_file* file, std::uint8_t* page, sqlite3_int64 at) {
    int code = SQLITE_IOERR_DATA;
    for (int i = 0; i < 3 && code == SQLITE_IOERR_DATA; ++i)
        code = file->pMethods->xRead(file, page, static_cast<int>(kPageBytes), at);
    return code;
}

// Every page of the database file, also those on the free list, which the integrity check skips.
Status ReadEveryPage(const ReadView& view) {
    // SQLite never writes the page where its locks lie.
    constexpr sqlite3_int64 kLockBytes = 1 << 30;
    sqlite3_file* file = nullptr;
    sqlite3_file_control(view.connection().handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    sqlite3_int64 size = 0;
    if (const int code = file->pMethods->xFileSize(file, &size); code != SQLITE_OK)
        return view.connection().LastError(code);
    std::array<std::uint8_t, kPageBytes> page{};
    for (sqlite3_int64 at = 0; at < size; at += static_cast<sqlite3_int64>(kPageBytes)) {
        if (at == kLockBytes) continue;
        const int code = ReadPatiently(file, page.data(), at);
        if (code == SQLITE_IOERR_DATA)
            return Damaged(fmt::format("page {} is not authentic",
                                       at / static_cast<sqlite3_int64>(kPageBytes) + 1));
        if (code != SQLITE_OK) return view.connection().LastError(code);
    }
    return {};
}

}  // namespace

Status VerifyStore(const ReadView& view) {
    if (auto whole = ReadEveryPage(view); !whole) return whole;
    auto statement = view.connection().Prepare("PRAGMA integrity_check(1)");
    if (!statement) return std::move(statement).error();
    const auto row = statement->Step();
    if (!row) return row.error();
    if (statement->TextView(0) == "ok") return {};
    return Damaged(statement->TextView(0));
}

}  // namespace kamili::storage
