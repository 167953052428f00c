#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kamili::storage {

class Connection;

// A prepared statement in use. Values are bound from 1, columns counted from 0. Goes back to its
// connection when it is destroyed.
class Statement {
  public:
    Statement(Connection& connection, sqlite3_stmt* statement)
        : connection_(&connection), statement_(statement) {}
    Statement(Statement&& other) noexcept
        : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& Bind(int at, std::int64_t value);
    Statement& Bind(int at, std::string_view text);
    Statement& Bind(int at, std::optional<std::int64_t> value);
    // Without a copy: the text must stay until the statement has run.
    Statement& BindBorrowed(int at, std::string_view text);
    Statement& BindBlob(int at, std::span<const std::uint8_t> blob);

    // The next row: true if there is one.
    Result<bool> Step();
    // For a statement that gives no rows.
    Status Run();

    std::int64_t Int(int column) const;
    std::string Text(int column) const;
    std::string_view TextView(int column) const;  // valid until the next Step
    std::optional<std::int64_t> OptionalInt(int column) const;
    std::span<const std::uint8_t> Blob(int column) const;  // valid until the next Step

  private:
    Connection* connection_;
    sqlite3_stmt* statement_;
};

// One SQLite connection with the statements it has prepared. One thread at a time.
class Connection {
  public:
    struct Options {
        std::string path;
        std::string vfs;
        bool read_only = false;
        bool create = false;
        // Nobody writes the file while it is open: no lock, and no log beside it.
        bool is_immutable = false;
        std::int64_t cache_bytes = 0;
    };
    static Result<std::unique_ptr<Connection>> Open(const Options& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // `sql` must be a constant: its address is the key of the prepared statement.
    Result<Statement> Prepare(const char* sql);
    // One or more statements without rows.
    Status Execute(const char* sql);
    // The last connection that closes usually moves the log into the database. One to a store
    // that was not created through it leaves both files as they are until told otherwise, so that
    // opening a damaged or newer store changes nothing.
    enum class OnClose { kLeaveFiles, kCheckpoint };
    void SetCheckpointOnClose(OnClose what);
    // What SQLite's last failure on this connection means.
    Error LastError(int code) const;
    sqlite3* handle() const { return handle_.get(); }
    std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle()); }
    int changes() const { return sqlite3_changes(handle()); }

  private:
    struct CloseHandle {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    Connection() = default;
    Status SetUp(const Options& options);

    std::unique_ptr<sqlite3, CloseHandle> handle_;
    std::map<const void*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

// Before anything else of SQLite: sets what holds for the whole process. Harmless when repeated.
void PrepareSqlite();

// The kind of a SQLite result code.
ErrorKind KindOf(int code);

}  // namespace kamili::storage
