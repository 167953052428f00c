#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/subscription.h"
#include "base/time.h"
#include "base/unique_function.h"
#include "storage/key_slots.h"

namespace kamili::storage {

// A consistent view of the rows, for reading. Only valid inside the job it was given to.
class ReadView;
// The one open write transaction; it reads too (derives from ReadView). A row change takes a Txn&,
// so nothing can be written outside a transaction.
class Txn;

struct StoreOptions {
    std::string path;      // ".../store.db"
    std::string base_vfs;  // SQLite VFS below the encryption; empty: the system's "unix-excl"
    std::int64_t writer_cache_bytes = 16 << 20;
    std::int64_t reader_cache_bytes = 8 << 20;  // of each; of the last of several a quarter
    // How much of the store's file is read through a mapping, from its beginning; 0: nothing.
    std::int64_t mapped_bytes = 16 << 20;
    SlotKind new_slot = SlotKind::kKeyFile;  // the first one of a store that is made
    UtcTime new_slot_created{};
};

// The master key of a store that is not open, by a slot of `kind`. Blocks, for a passphrase about
// half a second; any thread. kKeyWrong when no slot of that kind opens; errors of Store::Open.
Result<Secret> UnlockStore(const StoreOptions& options, SlotKind kind, const Secret& secret);

// The encrypted store: one connection that writes and checkpoints, on `writer`; read-only
// connections, one on each of `readers`. All of it through the encrypting VFS, so no byte of a row
// reaches a file in the clear. Loop thread only; jobs run on the executors, `done` on the loop.
class Store {
  public:
    using WriteJob = UniqueFunction<Status(Txn&)>;
    using ReadJob = UniqueFunction<Status(const ReadView&)>;
    using Done = UniqueFunction<void(Status)>;

    // Opens or creates. `key` is a key file's or credential's, or the master key that UnlockStore
    // gave; a store that is made gets a slot for it. Blocks (disk); called before the loop runs.
    // Fails with kKeyWrong, kNotAStore, kStoreDamaged, kStoreNewer, kAlreadyRunning (another
    // process holds it) or kSystem. A store that cannot be opened is left exactly as it is.
    static Result<std::unique_ptr<Store>> Open(const StoreOptions& options, const Secret& key,
                                               Loop& loop, Executor& writer,
                                               std::vector<Executor*> readers, Random& random,
                                               Log& log);
    virtual ~Store() = default;

    // Runs `job` in a write transaction of its own: committed and synced if it succeeds, rolled
    // back without a trace if it fails; then `done`. Jobs run in the order of the calls.
    // kStoreFull and kStoreDamaged come from the file system and the encryption.
    virtual void Write(WriteJob job, Done done) = 0;
    // Runs `job` on one of the readers, on a snapshot that holds every write whose `done` has run.
    // Long ones leave one reader alone, so that short ones need not wait for them.
    enum class Length { kShort, kLong };
    virtual void Read(ReadJob job, Done done, Length length) = 0;
    void Read(ReadJob job, Done done) { Read(std::move(job), std::move(done), Length::kShort); }
    // Calls `done` once all that was asked before is answered.
    virtual void Settle(Task done) = 0;
    // Writes the store anew under another data key, in the place of the old file, whose key is
    // destroyed. Reads go on meanwhile, writes wait. `progress` on the loop: pages done, of how
    // many. Needs the store's size on the disk once more. A failure, a full disk or a kill at any
    // moment leaves the store whole under the old key or under the new one.
    virtual void RotateKey(UniqueFunction<void(std::int64_t, std::int64_t)> progress,
                           Done done) = 0;
    // False after a rotation that could not open the file again: every call fails.
    virtual bool usable() const = 0;
    // Called on the loop after a commit that added journal entries, with the last number.
    virtual Subscription WatchJournal(UniqueFunction<void(std::int64_t last_number)> on_change) = 0;
    // Waits for the writer's queue, checkpoints and closes. Blocks. Nothing may be called after.
    virtual void Close() = 0;

    // Write and Read with an answer of any type.
    template <typename T>
    void WriteFor(UniqueFunction<Result<T>(Txn&)> job, UniqueFunction<void(Result<T>)> done);
    template <typename T>
    void ReadFor(UniqueFunction<Result<T>(const ReadView&)> job,
                 UniqueFunction<void(Result<T>)> done, Length length = Length::kShort);
};

namespace internal {

// Carries a job's value from its thread to the loop beside the Status.
template <typename T, typename View>
auto Keep(UniqueFunction<Result<T>(View&)> job, std::shared_ptr<std::optional<T>> slot) {
    return [job = std::move(job), slot = std::move(slot)](View& view) mutable -> Status {
        Result<T> result = job(view);
        if (!result) return std::move(result).error();
        slot->emplace(std::move(result).value());
        return {};
    };
}

template <typename T>
auto Deliver(UniqueFunction<void(Result<T>)> done, std::shared_ptr<std::optional<T>> slot) {
    return [done = std::move(done), slot = std::move(slot)](Status status) mutable {
        if (!status) return done(std::move(status).error());
        done(std::move(**slot));
    };
}

}  // namespace internal

template <typename T>
void Store::WriteFor(UniqueFunction<Result<T>(Txn&)> job, UniqueFunction<void(Result<T>)> done) {
    auto slot = std::make_shared<std::optional<T>>();
    Write(internal::Keep<T, Txn>(std::move(job), slot),
          internal::Deliver<T>(std::move(done), slot));
}

template <typename T>
void Store::ReadFor(UniqueFunction<Result<T>(const ReadView&)> job,
                    UniqueFunction<void(Result<T>)> done, Length length) {
    auto slot = std::make_shared<std::optional<T>>();
    Read(internal::Keep<T, const ReadView>(std::move(job), slot),
         internal::Deliver<T>(std::move(done), slot), length);
}

}  // namespace kamili::storage
