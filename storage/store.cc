#include "storage/store.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>

#include "storage/key_rotation.h"
#include "storage/lane.h"
#include "storage/new_file.h"
#include "storage/open_store.h"
#include "storage/range_index.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

class EncryptedStore final : public Store {
  public:
    EncryptedStore(StoreOptions options, OpenedFiles files, Loop& loop, Executor& writer,
                   const std::vector<Executor*>& readers, Random& random, Log& log)
        : options_(std::move(options)),
          random_(random),
          log_(log),
          files_(std::move(files)),
          loop_(loop),
          alive_(std::make_shared<Alive>()) {
        writer_ = std::make_shared<Lane>(writer, std::move(files_.writer));
        for (std::size_t i = 0; i < readers.size(); ++i)
            readers_.push_back(std::make_shared<Reader>(
                std::make_shared<Lane>(*readers[i], std::move(files_.readers[i]))));
        alive_->store = this;
    }

    ~EncryptedStore() override { Close(); }

    void Write(WriteJob job, Done done) override {
        KAMILI_CHECK(loop_.IsInside() && !closed_);
        writer_->Add([this, alive = alive_, job = std::move(job),
                      done = std::move(done)](std::unique_ptr<Connection>& connection) mutable {
            std::int64_t last_change = 0;
            Status status = connection ? RunWrite(*connection, job, last_change) : Lost();
            job = WriteJob();
            loop_.Post([alive = std::move(alive), done = std::move(done), last_change,
                        status = std::move(status)]() mutable {
                const bool good = status.has_value();
                done(std::move(status));
                if (good && last_change > 0 && alive->store)
                    alive->store->TellWatchers(last_change);
            });
        });
    }

    void Read(ReadJob job, Done done, Length length) override {
        KAMILI_CHECK(loop_.IsInside() && !closed_);
        const auto reader = ChooseReader(length);
        ++reader->waiting;
        reader->lane->Add([this, reader, job = std::move(job), done = std::move(done)](
                              std::unique_ptr<Connection>& connection) mutable {
            Status status = connection ? RunRead(*connection, job) : Lost();
            job = ReadJob();
            loop_.Post([reader = std::move(reader), done = std::move(done),
                        status = std::move(status)]() mutable {
                --reader->waiting;
                done(std::move(status));
            });
        });
    }

    void Settle(Task done) override {
        KAMILI_CHECK(loop_.IsInside() && !closed_);
        // Each lane answers in its order; the last one to come here calls it.
        const auto last = std::make_shared<Settled>(loop_, std::move(done));
        writer_->Add([last](std::unique_ptr<Connection>&) {});
        for (const auto& reader : readers_)
            reader->lane->Add([last](std::unique_ptr<Connection>&) {});
    }

    void RotateKey(UniqueFunction<void(std::int64_t, std::int64_t)> progress, Done done) override {
        KAMILI_CHECK(loop_.IsInside() && !closed_);
        auto tell =
            std::make_shared<UniqueFunction<void(std::int64_t, std::int64_t)>>(std::move(progress));
        writer_->Add([this, tell = std::move(tell),
                      done = std::move(done)](std::unique_ptr<Connection>& writer) mutable {
            Status status = Rotate(writer, [this, tell](std::int64_t pages, std::int64_t total) {
                loop_.Post([tell, pages, total] { (*tell)(pages, total); });
                return !ends_;
            });
            loop_.Post([done = std::move(done), status = std::move(status)]() mutable {
                done(std::move(status));
            });
        });
    }

    bool usable() const override { return usable_; }

    Subscription WatchJournal(UniqueFunction<void(std::int64_t)> on_change) override {
        auto entry = std::make_shared<UniqueFunction<void(std::int64_t)>>(std::move(on_change));
        watchers_.push_back(entry);
        return Subscription([weak = std::weak_ptr(alive_), entry] {
            if (const auto alive = weak.lock(); alive && alive->store)
                alive->store->watchers_.remove(entry);
        });
    }

    void Close() override {
        if (std::exchange(closed_, true)) return;
        alive_->store = nullptr;
        ends_ = true;
        // Writes that were accepted are carried out, also those that no thread has begun.
        for (auto& reader : readers_) reader->lane->Close();
        writer_->Drain();
        writer_->With([this](std::unique_ptr<Connection>& connection) {
            if (!connection) return;
            // A damaged store stays as it was found.
            if (files_.secrets->damage())
                return connection->SetCheckpointOnClose(Connection::OnClose::kLeaveFiles);
            [[maybe_unused]] const auto done =
                connection->Execute("PRAGMA wal_checkpoint(TRUNCATE);");
        });
        writer_->Close();
    }

  private:
    struct Alive {
        EncryptedStore* store = nullptr;  // loop thread
    };

    struct Reader {
        explicit Reader(std::shared_ptr<Lane> made) : lane(std::move(made)) {}
        std::shared_ptr<Lane> lane;
        std::size_t waiting = 0;  // jobs whose end was not told yet; loop thread
    };
    // Posts its task when nobody holds it any longer, on whatever thread.
    struct Settled {
        Settled(Loop& owner, Task task) : loop(owner), done(std::move(task)) {}
        ~Settled() { loop.Post(std::move(done)); }
        Settled(const Settled&) = delete;
        Settled& operator=(const Settled&) = delete;
        Loop& loop;
        Task done;
    };

    // The first one where the fewest wait: the others' caches stay small, and the pages are where
    // they were used last. Long jobs not at the last reader.
    std::shared_ptr<Reader> ChooseReader(Length length) const {
        const auto end = readers_.end() - (length == Length::kLong && readers_.size() > 1 ? 1 : 0);
        return *std::min_element(readers_.begin(), end, [](const auto& one, const auto& other) {
            return one->waiting < other->waiting;
        });
    }

    // Damage that the encryption met explains whatever SQLite said about it.
    Status Explain(Status status) const {
        if (status) return status;
        if (const auto damage = files_.secrets->damage();
            damage && status.error().kind == ErrorKind::kStoreDamaged)
            status.error().message = "the store is damaged: " + *damage;
        return status;
    }

    Status RunWrite(Connection& connection, WriteJob& job, std::int64_t& last_change) {
        if (auto begun = connection.Execute("BEGIN IMMEDIATE"); !begun)
            return Explain(std::move(begun));
        Txn txn(connection, *files_.secrets);
        Status status = job(txn);
        if (status) status = WritePendingRows(txn);
        if (status) status = connection.Execute("COMMIT");
        if (!status) {
            // After some errors SQLite has rolled back by itself; then this says so.
            [[maybe_unused]] const auto undone = connection.Execute("ROLLBACK");
            return Explain(std::move(status));
        }
        last_change = txn.last_change();
        return status;
    }

    Status RunRead(Connection& connection, ReadJob& job) {
        if (auto begun = connection.Execute("BEGIN"); !begun) return Explain(std::move(begun));
        const ReadView view(connection, *files_.secrets);
        Status status = job(view);
        [[maybe_unused]] const auto ended = connection.Execute("COMMIT");
        return Explain(std::move(status));
    }

    static Error Lost() {
        return {.kind = ErrorKind::kSystem,
                .message = "the store could not be opened again after its key was changed",
                .hint = "kamilictl unlock, or restart kamilid"};
    }

    // On the writer's thread, so no write runs. Readers are held only for the change of files.
    Status Rotate(std::unique_ptr<Connection>& writer, CopyProgress progress) {
        if (!writer) return Lost();
        // A damaged store stays as it was found.
        if (const auto damage = files_.secrets->damage())
            return Error{.kind = ErrorKind::kStoreDamaged,
                         .message = "the store is damaged: " + *damage,
                         .hint = "kamilictl doctor says how to go on"};
        if (auto copied = CopyUnderNewKey(*writer, *files_.secrets, options_, std::move(progress));
            !copied)
            return Explain(std::move(copied));
        std::vector<Lane::Held> readers;
        for (auto& reader : readers_) readers.push_back(reader->lane->Hold());
        const Secret master = files_.secrets->keys().master.Copy();
        for (auto& reader : readers) reader.connection().reset();
        writer.reset();
        Status taken = TakeCopyForStore(options_, log_);
        // A file that somebody took away meanwhile is not made anew.
        usable_ = FileExists(options_.path);
        if (!usable_) return Lost();
        auto opened = OpenFiles(options_, master, readers.size(), random_, log_);
        usable_ = opened.has_value();
        if (!opened) return Lost();
        for (std::size_t i = 0; i < readers.size(); ++i)
            readers[i].connection() = std::move(opened->readers[i]);
        writer = std::move(opened->writer);
        files_.vfs = std::move(opened->vfs);
        files_.secrets = std::move(opened->secrets);
        return taken;
    }

    void TellWatchers(std::int64_t last_change) {
        // A watcher may go or come while it is told.
        const auto told = watchers_;
        for (const auto& watcher : told)
            if (std::find(watchers_.begin(), watchers_.end(), watcher) != watchers_.end())
                (*watcher)(last_change);
    }

    const StoreOptions options_;
    Random& random_;
    Log& log_;
    OpenedFiles files_;  // changed by Rotate alone, under every lane's lock
    Loop& loop_;
    std::shared_ptr<Alive> alive_;
    std::shared_ptr<Lane> writer_;
    std::vector<std::shared_ptr<Reader>> readers_;
    std::list<std::shared_ptr<UniqueFunction<void(std::int64_t)>>> watchers_;
    bool closed_ = false;
    std::atomic<bool> ends_{false};
    std::atomic<bool> usable_{true};
};

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options, const Secret& key,
                                           Loop& loop, Executor& writer,
                                           std::vector<Executor*> readers, Random& random,
                                           Log& log) {
    KAMILI_CHECK(!readers.empty());
    auto files = OpenFiles(options, key, readers.size(), random, log);
    if (!files) return std::move(files).error();
    return std::unique_ptr<Store>(std::make_unique<EncryptedStore>(options, std::move(*files), loop,
                                                                   writer, readers, random, log));
}

}  // namespace kamili::storage
