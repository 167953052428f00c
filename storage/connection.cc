#include "storage/connection.h"

#include <fmt/format.h>

#include <mutex>

#include "base/check.h"

namespace kamili::storage {
namespace {

// Within the process nothing waits for a lock; a second process shall not wait long for the first.
constexpr int kBusyMs = 1000;

int Size(std::size_t size) { return static_cast<int>(size); }

std::string ImmutableUri(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return uri + "?immutable=1";
}

}  // namespace

void PrepareSqlite() {
    // Nobody asks how much memory SQLite uses, and counting takes a lock at each allocation.
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

ErrorKind KindOf(int code) {
    if (code == SQLITE_IOERR_DATA || code == SQLITE_IOERR_CORRUPTFS)
        return ErrorKind::kStoreDamaged;
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorKind::kStoreDamaged;
        case SQLITE_FULL:
            return ErrorKind::kStoreFull;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorKind::kAlreadyRunning;
        case SQLITE_CONSTRAINT:
            return ErrorKind::kConflict;
        default:
            return ErrorKind::kSystem;
    }
}

Statement::~Statement() {
    if (!statement_) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Statement& Statement::Bind(int at, std::int64_t value) {
    KAMILI_CHECK(sqlite3_bind_int64(statement_, at, value) == SQLITE_OK);
    return *this;
}
Statement& Statement::Bind(int at, std::string_view text) {
    // A null pointer would bind NULL; an empty text is a text.
    const char* data = text.data() ? text.data() : "";
    KAMILI_CHECK(sqlite3_bind_text(statement_, at, data, Size(text.size()), SQLITE_TRANSIENT) ==
                 SQLITE_OK);
    return *this;
}
Statement& Statement::BindBorrowed(int at, std::string_view text) {
    const char* data = text.data() ? text.data() : "";
    KAMILI_CHECK(sqlite3_bind_text(statement_, at, data, Size(text.size()), SQLITE_STATIC) ==
                 SQLITE_OK);
    return *this;
}
Statement& Statement::Bind(int at, std::optional<std::int64_t> value) {
    if (value) return Bind(at, *value);
    KAMILI_CHECK(sqlite3_bind_null(statement_, at) == SQLITE_OK);
    return *this;
}
Statement& Statement::BindBlob(int at, std::span<const std::uint8_t> blob) {
    const void* data = blob.data() ? static_cast<const void*>(blob.data()) : "";
    KAMILI_CHECK(sqlite3_bind_blob(statement_, at, data, Size(blob.size()), SQLITE_TRANSIENT) ==
                 SQLITE_OK);
    return *this;
}

Result<bool> Statement::Step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return connection_->LastError(code);
}

Status Statement::Run() {
    const auto row = Step();
    if (!row) return row.error();
    return {};
}

std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }
std::string Statement::Text(int column) const { return std::string(TextView(column)); }
std::string_view Statement::TextView(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return text ? std::string_view(text, size) : std::string_view();
}
std::optional<std::int64_t> Statement::OptionalInt(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return Int(column);
}
std::span<const std::uint8_t> Statement::Blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<std::unique_ptr<Connection>> Connection::Open(const Options& options) {
    PrepareSqlite();
    std::unique_ptr<Connection> made(new Connection());
    sqlite3* handle = nullptr;
    const int flags = (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                      (options.create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    const std::string name = options.is_immutable ? ImmutableUri(options.path) : options.path;
    const int code =
        sqlite3_open_v2(name.c_str(), &handle, flags | (options.is_immutable ? SQLITE_OPEN_URI : 0),
                        options.vfs.c_str());
    made->handle_.reset(handle);
    if (code != SQLITE_OK) return made->LastError(code);
    if (auto done = made->SetUp(options); !done) return std::move(done).error();
    return made;
}

Connection::~Connection() { statements_.clear(); }

Status Connection::SetUp(const Options& options) {
    sqlite3_busy_timeout(handle(), kBusyMs);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    if (!options.create) SetCheckpointOnClose(OnClose::kLeaveFiles);
    sqlite3_limit(handle(), SQLITE_LIMIT_ATTACHED, 0);
    if (options.cache_bytes > 0) {
        const auto sql = fmt::format("PRAGMA cache_size=-{}", options.cache_bytes / 1024);
        if (auto done = Execute(sql.c_str()); !done) return done;
    }
    // No temporary file ever: sorters and statement journals stay in memory.
    if (auto done = Execute("PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;"); !done)
        return done;
    return options.read_only ? Execute("PRAGMA query_only=ON;") : Status();
}

void Connection::SetCheckpointOnClose(OnClose what) {
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                      what == OnClose::kLeaveFiles ? 1 : 0, nullptr);
}

Result<Statement> Connection::Prepare(const char* sql) {
    auto& kept = statements_[sql];
    if (!kept) {
        sqlite3_stmt* statement = nullptr;
        const int code =
            sqlite3_prepare_v3(handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) {
            statements_.erase(sql);
            return LastError(code);
        }
        kept.reset(statement);
    }
    KAMILI_CHECK(!sqlite3_stmt_busy(kept.get()));
    return Statement(*this, kept.get());
}

Status Connection::Execute(const char* sql) {
    const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return LastError(code);
    return {};
}

// SQLite's own words name tables and causes, never values.
Error Connection::LastError(int code) const {
    const ErrorKind kind = KindOf(code);
    const char* words = handle() ? sqlite3_errmsg(handle()) : sqlite3_errstr(code);
    Error error{.kind = kind, .message = fmt::format("store: {} ({})", words, code)};
    if (kind == ErrorKind::kStoreDamaged) error.hint = "kamilictl doctor says how to go on";
    if (kind == ErrorKind::kStoreFull) error.hint = "free some space on the disk";
    return error;
}

}  // namespace kamili::storage
