#include "daemon/store_keeper.h"

#include <algorithm>

#include "storage/key_admin.h"

namespace kamili::daemon {
namespace {

// Answers of the store that are on their way when it is locked may ask it once more, and so on:
// none asks more often than this.
constexpr int kSettleRounds = 8;

// The word for GetStatus when there is no engine.
std::string StateWord(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kKeyLocked:
        case ErrorKind::kKeyMissing:
        case ErrorKind::kKeyWrong:
        case ErrorKind::kStoreDamaged:
        case ErrorKind::kStoreNewer:
            return std::string(Text(kind));
        default:
            return "error";
    }
}

Error Locked() {
    return {.kind = ErrorKind::kKeyLocked,
            .message = "the store is locked",
            .hint = "kamilictl unlock"};
}

storage::StoreOptions OptionsFor(const Places& places) {
    storage::StoreOptions options;
    options.path = places.store();
    return options;
}

bool IsOfMachine(const storage::SlotSummary& slot) {
    return slot.kind == storage::SlotKind::kKeyFile || slot.kind == storage::SlotKind::kCredential;
}

// No key of the machine's is missing or wrong if none would open the store: then a person must.
Error Explain(const Places& places, Error error) {
    if (error.kind != ErrorKind::kKeyMissing && error.kind != ErrorKind::kKeyWrong) return error;
    const auto slots = storage::PeekKeySlots(OptionsFor(places));
    if (!slots || std::any_of(slots->begin(), slots->end(), IsOfMachine)) return error;
    return Locked();
}

}  // namespace

StoreKeeper::StoreKeeper(Parts parts) : parts_(std::move(parts)) {}
StoreKeeper::~StoreKeeper() { *alive_ = false; }

void StoreKeeper::Refuse(Error error) {
    parts_.health.state = StateWord(error.kind);
    parts_.health.trouble = std::move(error);
}

Status StoreKeeper::OpenEngine(const Secret& key, KeyOrigin origin) {
    const auto kind = origin == KeyOrigin::kCredential ? storage::SlotKind::kCredential
                                                       : storage::SlotKind::kKeyFile;
    auto opened =
        Engine::Open(parts_.outside, parts_.places.store(), key, parts_.configuration, kind);
    if (!opened) return std::move(opened).error();
    parts_.engine = std::move(*opened);
    parts_.health.key_origin = origin;
    return {};
}

Status StoreKeeper::OpenByMachine() {
    auto key = LoadMasterKey(parts_.places, parts_.outside.random);
    if (!key) return Explain(parts_.places, std::move(key).error());
    if (key->made_now) parts_.outside.log.Info("made a new key file for the store");
    auto opened = OpenEngine(key->key, key->origin);
    if (!opened) return Explain(parts_.places, std::move(opened).error());
    return {};
}

void StoreKeeper::Open() {
    auto opened = OpenByMachine();
    if (opened) return;
    Refuse(std::move(opened).error());
    parts_.outside.log.Error("the store is not open; only status, doctor and unlock answer",
                             {{"kind", Text(parts_.health.trouble.kind)}});
}

void StoreKeeper::Lock(const ipc::Call& keep, Done done) {
    const bool is_locked = !parts_.engine && parts_.health.trouble.kind == ErrorKind::kKeyLocked;
    if (done_)
        return done(Error{.kind = ErrorKind::kConflict,
                          .message = "the store is being locked or unlocked"});
    if (!parts_.engine) return done(is_locked ? Status() : Status(parts_.health.trouble));
    done_ = std::move(done);
    closing_ = std::move(parts_.engine);
    Refuse(Locked());
    // Streams work on the engine: their clients come again and are told that it is locked.
    if (server_) server_->CloseOthers(keep);
    closing_->driver().Stop();
    Settle(kSettleRounds);
}

// What the store has answered is heard before its engine goes.
void StoreKeeper::Settle(int rounds) {
    if (rounds == 0) return FinishLock();
    closing_->Settle([this, rounds, alive = alive_] {
        if (*alive) Settle(rounds - 1);
    });
}

void StoreKeeper::FinishLock() {
    closing_->Stop();
    parts_.outside.loop.Post([old = std::move(closing_)]() mutable { old.reset(); });
    parts_.outside.log.Info("the store is locked");
    Finish({});
}

void StoreKeeper::Unlock(std::optional<Attempt> attempt, Done done) {
    if (done_)
        return done(Error{.kind = ErrorKind::kConflict,
                          .message = "the store is being locked or unlocked"});
    if (parts_.engine) return done({});
    done_ = std::move(done);
    if (!attempt) return StartEngine(OpenByMachine());
    if (!worker_) worker_ = std::make_unique<SerialWorker>("store-unlock");
    worker_->Submit([this, alive = alive_, &loop = parts_.outside.loop,
                     options = OptionsFor(parts_.places), attempt = std::move(*attempt)]() mutable {
        auto master = storage::UnlockStore(options, attempt.kind, attempt.secret);
        attempt.secret.Wipe();
        loop.Post([this, alive = std::move(alive), master = std::move(master)]() mutable {
            if (*alive) OnUnlocked(std::move(master));
        });
    });
}

void StoreKeeper::OnUnlocked(Result<Secret> master) {
    if (!master) return StartEngine(std::move(master).error());
    StartEngine(OpenEngine(*master, KeyOrigin::kPerson));
}

void StoreKeeper::StartEngine(Status opened) {
    if (!opened) {
        // A passphrase that does not fit says nothing about the store.
        const ErrorKind kind = opened.error().kind;
        if (kind == ErrorKind::kStoreDamaged || kind == ErrorKind::kStoreNewer)
            Refuse(opened.error());
        return Finish(std::move(opened));
    }
    parts_.engine->driver().Start([this, alive = alive_](Status started) {
        if (!*alive) return;
        if (!started)
            parts_.outside.log.Error("the sync engine did not start",
                                     {{"kind", Text(started.error().kind)}});
        parts_.health.state = "ok";
        parts_.health.trouble = {};
        parts_.outside.log.Info("the store is unlocked");
        Finish({});
    });
}

void StoreKeeper::Finish(Status status) {
    if (!done_) return;
    Done done = std::move(*done_);
    done_.reset();
    done(std::move(status));
}

}  // namespace kamili::daemon
