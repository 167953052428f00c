#include "storage/open_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "storage/base_file.h"
#include "storage/migration_copy.h"
#include "storage/new_file.h"
#include "storage/schema.h"
#include "storage/superblock.h"

namespace kamili::storage {
namespace {

Result<std::unique_ptr<EncryptedVfs>> MakeVfs(const StoreOptions& options, StoreSecrets& secrets) {
    return EncryptedVfs::Register(BaseVfs(options), secrets);
}

// The geometry is fixed with the first write and cannot be changed later. No journal: nobody has
// seen the file yet, and a journal would hold pages in the clear.
Status FillNewStore(const std::string& path, const std::string& vfs) {
    auto connection = Connection::Open({.path = path, .vfs = vfs, .create = true});
    if (!connection) return std::move(connection).error();
    Connection& store = **connection;
    int reserve = static_cast<int>(kReserveBytes);
    sqlite3_file_control(store.handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    if (auto done = store.Execute("PRAGMA page_size=4096; PRAGMA journal_mode=MEMORY;"
                                  "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA synchronous=FULL;");
        !done)
        return done;
    if (auto done = CreateSchema(store); !done) return done;
    if (auto done = store.Execute("PRAGMA journal_mode=WAL;"); !done) return done;
    return store.Execute("PRAGMA wal_checkpoint(TRUNCATE);");
}

Status MakeStore(const StoreOptions& options, const Secret& key, Random& random) {
    const std::string fresh = options.path + ".new";
    RemoveRemains(fresh);
    NewPrefix prefix = MakePrefix(key, options.new_slot, random, options.new_slot_created);
    if (auto written = WriteWholeFile(BaseVfs(options), fresh, prefix.bytes); !written)
        return written;
    // SQLite makes files that others may read; the log takes its mode from the database.
    if (chmod(fresh.c_str(), 0600) != 0)
        return SystemError("cannot set the mode of the new store", errno);
    {
        StoreSecrets secrets(std::move(prefix.keys), random);
        auto vfs = MakeVfs(options, secrets);
        if (!vfs) return std::move(vfs).error();
        if (auto filled = FillNewStore(fresh, (*vfs)->name()); !filled) return filled;
    }
    if (auto named = NameNewFile(fresh, options.path); !named) return named;
    return SyncFolderOf(options.path);
}

// SQLite's "busy" while opening means one thing only: another process holds the file.
Error OpenError(Error error) {
    if (error.kind == ErrorKind::kAlreadyRunning) {
        error.message = "another process has the store open";
        error.hint = "stop it first";
    }
    return error;
}

Result<std::unique_ptr<Connection>> OpenWriter(const StoreOptions& options,
                                               const std::string& vfs) {
    auto writer = Connection::Open(
        {.path = options.path, .vfs = vfs, .cache_bytes = options.writer_cache_bytes});
    if (!writer) return OpenError(std::move(writer).error());
    // The first read takes the lock and walks the WAL. A bulky page cache flush is a checkpoint's
    // affair: about four megabytes of WAL.
    if (auto done = (*writer)->Execute("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000;"
                                       "PRAGMA secure_delete=ON; SELECT 1 FROM sqlite_schema;");
        !done)
        return OpenError(std::move(done).error());
    return writer;
}

Status Migrate(const StoreOptions& options, OpenedFiles& out) {
    const auto version = ReadSchemaVersion(*out.writer);
    if (!version) return version.error();
    if (*version >= 1 && *version < kSchemaVersion)
        if (auto copied = CopyBeforeMigration(out, options, *version); !copied) return copied;
    return MigrateSchema(*out.writer);
}

Status OpenConnections(const StoreOptions& options, std::size_t readers, OpenedFiles& out) {
    auto writer = OpenWriter(options, out.vfs->name());
    if (!writer) return std::move(writer).error();
    out.writer = std::move(*writer);
    if (auto migrated = Migrate(options, out); !migrated) return migrated;
    for (std::size_t i = 0; i < readers; ++i) {
        // The last of several is for short questions, which need little.
        const bool is_short = i > 0 && i + 1 == readers;
        auto reader =
            Connection::Open({.path = options.path,
                              .vfs = out.vfs->name(),
                              .read_only = true,
                              .cache_bytes = options.reader_cache_bytes / (is_short ? 4 : 1)});
        if (!reader) return OpenError(std::move(reader).error());
        out.readers.push_back(std::move(*reader));
    }
    return {};
}

Error DamagedStore(const std::string& what) {
    return {.kind = ErrorKind::kStoreDamaged,
            .message = "the store is damaged: " + what,
            .hint = "set it aside and pull again, or restore a backup"};
}

Result<StoreKeys> ReadKeys(const StoreOptions& options, const Secret& key, Log& log) {
    constexpr std::size_t kLeast = kPrefixBytes + kPageBytes;
    const auto start = ReadFileStart(BaseVfs(options), options.path, kLeast);
    if (!start) return start.error();
    auto keys = ReadPrefix(*start, key);
    // SQLite would take a file without a page for an empty database.
    if (keys && start->size() < kLeast) return DamagedStore("the file is cut short");
    if (keys && !IsPristine(*start)) log.Warn("a part of the store's header is damaged");
    return keys;
}

}  // namespace

Result<Secret> UnlockStore(const StoreOptions& options, SlotKind kind, const Secret& secret) {
    const auto start = ReadFileStart(BaseVfs(options), options.path, kPrefixBytes);
    if (!start) return start.error();
    return OpenPrefix(*start, kind, secret);
}

Result<OpenedFiles> OpenFiles(const StoreOptions& options, const Secret& key, std::size_t readers,
                              Random& random, Log& log) {
    if (!FileExists(options.path)) {
        // A WAL without its database is the rest of a store that somebody took apart.
        if (FileExists(options.path + "-wal"))
            return Error{.kind = ErrorKind::kStoreDamaged,
                         .message = "there is a write-ahead log but no store",
                         .hint = "bring the store file back, or move the -wal file away"};
        if (auto made = MakeStore(options, key, random); !made) return std::move(made).error();
        log.Info("made a new store");
    }
    // Of a rotation of the key that did not end.
    RemoveRemains(options.path + ".new");
    RemoveMigrationCopies(options.path, MigrationCopies::kOld);
    auto keys = ReadKeys(options, key, log);
    if (!keys) return std::move(keys).error();
    OpenedFiles out;
    out.secrets = std::make_unique<StoreSecrets>(std::move(*keys), random);
    // Other file layers are tests': what they do to reads must happen.
    if (options.base_vfs.empty())
        out.secrets->set_mapped(
            MappedFile::Open(options.path, static_cast<std::size_t>(options.mapped_bytes)));
    auto vfs = MakeVfs(options, *out.secrets);
    if (!vfs) return std::move(vfs).error();
    out.vfs = std::move(*vfs);
    if (auto opened = OpenConnections(options, readers, out); !opened) {
        Error error = std::move(opened).error();
        if (const auto damage = out.secrets->damage()) return DamagedStore(*damage);
        return error;
    }
    for (const std::string& told : out.secrets->TakeTold()) log.Warn(told);
    out.writer->SetCheckpointOnClose(Connection::OnClose::kCheckpoint);
    // A page that a power cut tore during a checkpoint is whole again after this one. Should it
    // fail, the next will say so.
    [[maybe_unused]] const auto moved = out.writer->Execute("PRAGMA wal_checkpoint(PASSIVE);");
    return out;
}

}  // namespace kamili::storage
