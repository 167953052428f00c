#include "tests/bench/sqlite_engine.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "storage/open_store.h"
#include "tests/support/memory_log.h"

namespace kamili::bench {
namespace {

[[noreturn]] void Fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

// What every contender's connections get; the last is what Debian's SQLite is built with.
constexpr const char* kWriterSettings =
    "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000; PRAGMA secure_delete=ON;"
    "PRAGMA temp_store=MEMORY;";

class PlainEngine final : public Engine {
  public:
    // `key` is what comes first, or empty.
    PlainEngine(const SqliteCalls& calls, const std::string& path, const char* vfs,
                const std::string& key, const CacheSizes& sizes)
        : calls_(calls) {
        writer_ = Open(path, vfs, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, key);
        Execute(writer_, "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL;");
        Execute(writer_, "PRAGMA journal_mode=WAL;");
        Execute(writer_, kWriterSettings);
        SetCache(writer_, sizes.writer_bytes);
        reader_ = Open(path, vfs, SQLITE_OPEN_READONLY, key);
        SetCache(reader_, sizes.reader_bytes);
    }
    ~PlainEngine() override {
        calls_.close(reader_);
        calls_.close(writer_);
    }
    const SqliteCalls& calls() const override { return calls_; }
    sqlite3* writer() override { return writer_; }
    sqlite3* reader() override { return reader_; }

  private:
    sqlite3* Open(const std::string& path, const char* vfs, int flags, const std::string& key) {
        sqlite3* handle = nullptr;
        if (calls_.open(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, vfs) != SQLITE_OK)
            Fail("cannot open " + path);
        if (!key.empty()) Execute(handle, key.c_str());
        return handle;
    }
    void SetCache(sqlite3* handle, std::int64_t bytes) {
        Execute(handle, fmt::format("PRAGMA cache_size=-{}", bytes / 1024).c_str());
    }

    const SqliteCalls& calls_;
    sqlite3* writer_ = nullptr;
    sqlite3* reader_ = nullptr;
};

class SealedEngine final : public Engine {
  public:
    SealedEngine(const std::string& path, const CacheSizes& sizes, const char* more = "") {
        Secret key = Secret::OfSize(storage::kKeyBytes);
        auto opened = storage::OpenFiles({.path = path,
                                          .base_vfs = "",
                                          .writer_cache_bytes = sizes.writer_bytes,
                                          .reader_cache_bytes = sizes.reader_bytes,
                                          .mapped_bytes = std::int64_t{4} << 30},
                                         key, 1, random_, log_);
        if (!opened) Fail(opened.error().message);
        files_ = std::move(*opened);
        Execute(writer(), more);
    }
    const SqliteCalls& calls() const override { return SystemCalls(); }
    sqlite3* writer() override { return files_.writer->handle(); }
    sqlite3* reader() override { return files_.readers[0]->handle(); }

  private:
    SystemRandom random_;
    testing::MemoryLog log_;
    storage::OpenedFiles files_;
};

}  // namespace

const SqliteCalls& SystemCalls() {
    static const SqliteCalls calls{sqlite3_open_v2,    sqlite3_close,        sqlite3_exec,
                                   sqlite3_prepare_v2, sqlite3_step,         sqlite3_reset,
                                   sqlite3_finalize,   sqlite3_bind_int64,   sqlite3_bind_text,
                                   sqlite3_bind_blob,  sqlite3_column_int64, sqlite3_errmsg};
    return calls;
}

const SqliteCalls* SqlcipherCalls() {
    // Its symbols have SQLite's names: its own calls among themselves must be bound to itself.
    static void* library = dlopen("libsqlcipher.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library) return nullptr;
    static const SqliteCalls calls = [] {
        SqliteCalls out;
        const auto find = [](auto& call, const char* name) {
            call = reinterpret_cast<std::decay_t<decltype(call)>>(dlsym(library, name));
            if (!call) Fail(fmt::format("libsqlcipher has no {}", name));
        };
        find(out.open, "sqlite3_open_v2");
        find(out.close, "sqlite3_close");
        find(out.exec, "sqlite3_exec");
        find(out.prepare, "sqlite3_prepare_v2");
        find(out.step, "sqlite3_step");
        find(out.reset, "sqlite3_reset");
        find(out.finalize, "sqlite3_finalize");
        find(out.bind_int, "sqlite3_bind_int64");
        find(out.bind_text, "sqlite3_bind_text");
        find(out.bind_blob, "sqlite3_bind_blob");
        find(out.column_int, "sqlite3_column_int64");
        find(out.error_text, "sqlite3_errmsg");
        return out;
    }();
    return &calls;
}

Query::Query(const SqliteCalls& calls, sqlite3* handle, const char* sql)
    : calls_(calls), handle_(handle) {
    if (calls_.prepare(handle, sql, -1, &statement_, nullptr) != SQLITE_OK)
        Fail(fmt::format("{}: {}", sql, calls_.error_text(handle)));
}

Query& Query::Int(int at, std::int64_t value) {
    calls_.bind_int(statement_, at, value);
    return *this;
}
Query& Query::Text(int at, std::string_view text) {
    calls_.bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    return *this;
}
Query& Query::Blob(int at, std::string_view bytes) {
    calls_.bind_blob(statement_, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
    return *this;
}

std::int64_t Query::Run() {
    std::int64_t sum = 0;
    int code = calls_.step(statement_);
    for (; code == SQLITE_ROW; code = calls_.step(statement_))
        sum += calls_.column_int(statement_, 0);
    if (code != SQLITE_DONE) Fail(calls_.error_text(handle_));
    calls_.reset(statement_);
    return sum;
}

void Engine::Execute(sqlite3* handle, const char* sql) {
    if (calls().exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        Fail(fmt::format("{}: {}", sql, calls().error_text(handle)));
}

std::vector<Contender> AllContenders() {
    std::vector<Contender> out;
    out.push_back({.name = "plain", .open = [](const std::string& path, const CacheSizes& sizes) {
                       return std::make_unique<PlainEngine>(SystemCalls(), path, "unix-excl", "",
                                                            sizes);
                   }});
    out.push_back({.name = "Kamili", .open = [](const std::string& path, const CacheSizes& sizes) {
                       return std::make_unique<SealedEngine>(path, sizes);
                   }});
    out.push_back(
        {.name = "not overwriting", .open = [](const std::string& path, const CacheSizes& sizes) {
             return std::make_unique<SealedEngine>(path, sizes, "PRAGMA secure_delete=OFF");
         }});
    if (const SqliteCalls* calls = SqlcipherCalls())
        // A raw key: its derivation from a passphrase is not what is compared.
        out.push_back({.name = "SQLCipher",
                       .open =
                           [calls](const std::string& path, const CacheSizes& sizes) {
                               return std::make_unique<PlainEngine>(
                                   *calls, path, "unix-excl",
                                   "PRAGMA key=\"x'" + std::string(64, '7') +
                                       "'\"; PRAGMA cipher_page_size=4096;",
                                   sizes);
                           },
                       .has_full_text_search = false});
    return out;
}

}  // namespace kamili::bench
