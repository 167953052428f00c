#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kamili::bench {

// The calls of SQLite that the workload needs, of whichever library they come from.
struct SqliteCalls {
    decltype(&sqlite3_open_v2) open = nullptr;
    decltype(&sqlite3_close) close = nullptr;
    decltype(&sqlite3_exec) exec = nullptr;
    decltype(&sqlite3_prepare_v2) prepare = nullptr;
    decltype(&sqlite3_step) step = nullptr;
    decltype(&sqlite3_reset) reset = nullptr;
    decltype(&sqlite3_finalize) finalize = nullptr;
    decltype(&sqlite3_bind_int64) bind_int = nullptr;
    decltype(&sqlite3_bind_text) bind_text = nullptr;
    decltype(&sqlite3_bind_blob) bind_blob = nullptr;
    decltype(&sqlite3_column_int64) column_int = nullptr;
    decltype(&sqlite3_errmsg) error_text = nullptr;
};

const SqliteCalls& SystemCalls();
// Those of Debian's libsqlcipher0; nothing when it is not installed.
const SqliteCalls* SqlcipherCalls();

// A prepared statement that ends the program when something fails.
class Query {
  public:
    Query(const SqliteCalls& calls, sqlite3* handle, const char* sql);
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query() { calls_.finalize(statement_); }
    Query& Int(int at, std::int64_t value);
    Query& Text(int at, std::string_view text);
    Query& Blob(int at, std::string_view bytes);
    // Steps to the end; the sum of the first column of all rows.
    std::int64_t Run();

  private:
    const SqliteCalls& calls_;
    sqlite3* handle_;
    sqlite3_stmt* statement_ = nullptr;
};

// One database with the connection that writes and one that reads.
class Engine {
  public:
    virtual ~Engine() = default;
    virtual const SqliteCalls& calls() const = 0;
    virtual sqlite3* writer() = 0;
    virtual sqlite3* reader() = 0;
    void Execute(sqlite3* handle, const char* sql);
};

struct CacheSizes {
    std::int64_t writer_bytes = 0;
    std::int64_t reader_bytes = 0;
};

// A way to open a database at a path: made when it is not there yet.
struct Contender {
    std::string name;
    std::function<std::unique_ptr<Engine>(const std::string& path, const CacheSizes&)> open;
    bool has_full_text_search = true;
};

// Plain SQLite first, then ours (as it is, and without secure_delete), then SQLCipher.
std::vector<Contender> AllContenders();

}  // namespace kamili::bench
