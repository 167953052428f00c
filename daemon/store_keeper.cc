#include "daemon/store_keeper.h"

#include <algorithm>

#include "storage/key_admin.h"

namespace kamili::daemon {
namespace {

// Answers of the store that are on their way when it is locked may ask it once more, and so on:
// none asks more often than this.
constexpr int kSettleRounds = 8;
// How soon a keyring that is locked or not there is asked again: soon after a login, rarely later.
constexpr std::chrono::seconds kAskAgainFirst{2};
constexpr std::chrono::seconds kAskAgainMax{60};

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

bool IsKeyMatter(ErrorKind kind) {
    return kind == ErrorKind::kKeyLocked || kind == ErrorKind::kKeyMissing ||
           kind == ErrorKind::kKeyWrong;
}

// What goes by without anybody's doing here: a keyring that is locked, not there or slow.
bool MayPass(ErrorKind kind) {
    return kind != ErrorKind::kKeyMissing && kind != ErrorKind::kKeyWrong;
}

// Why the store is not open, after the machine's own key and the keyring were tried.
Error Combine(const Error& machine, Error keyring) {
    // A slot of the machine is there: that its key is not is most likely the mistake.
    if (machine.kind != ErrorKind::kKeyLocked) {
        Error both = machine;
        both.message += "; " + keyring.message;
        return both;
    }
    if (MayPass(keyring.kind)) keyring.kind = ErrorKind::kKeyLocked;
    return keyring;
}

Error OtherKey() {
    return {.kind = ErrorKind::kKeyWrong,
            .message = "the keyring's key does not open this store",
            .hint =
                "kamilictl unlock --with passphrase, or recovery; then remove the slot and add "
                "it anew"};
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
    machine_ = std::move(opened).error();
    Refuse(machine_);
    if (MayAskKeyring(machine_)) {
        if (machine_.kind == ErrorKind::kKeyLocked)
            parts_.health.trouble.message = "the store is locked; the keyring is being asked";
        return AskInBackground(kAskAgainFirst);
    }
    parts_.outside.log.Error("the store is not open; only status, doctor and unlock answer",
                             {{"kind", Text(parts_.health.trouble.kind)}});
}

bool StoreKeeper::MayAskKeyring(const Error& error) const {
    if (!IsKeyMatter(error.kind)) return false;
    const auto slots = storage::PeekKeySlots(OptionsFor(parts_.places));
    return slots && std::any_of(slots->begin(), slots->end(), [](const auto& slot) {
               return slot.kind == storage::SlotKind::kKeyring;
           });
}

void StoreKeeper::AskKeyring(KeyringDesk::Found found) {
    auto name = storage::PeekStoreName(OptionsFor(parts_.places));
    if (!name) return found(std::move(name).error());
    parts_.keyring.Find(*name, [alive = alive_, found = std::move(found)](auto keys) mutable {
        if (*alive) found(std::move(keys));
    });
}

void StoreKeeper::AskInBackground(std::chrono::seconds wait) {
    AskKeyring([this, wait, question = question_](Result<std::vector<Secret>> keys) {
        if (question == question_ && !parts_.engine) OnBackground(wait, std::move(keys));
    });
}

void StoreKeeper::OnBackground(std::chrono::seconds wait, Result<std::vector<Secret>> keys) {
    const bool again = done_ || (!keys && MayPass(keys.error().kind));
    // Somebody is unlocking it just now.
    if (!done_) {
        auto opened = OpenByKeyring(machine_, std::move(keys));
        if (opened) {
            done_ = [](const Status&) {};
            return StartEngine({});
        }
        const bool is_news = parts_.health.trouble.message != opened.error().message;
        Refuse(std::move(opened).error());
        if (is_news)
            parts_.outside.log.Warn("the keyring does not open the store",
                                    {{"fault", parts_.health.trouble.message}});
    }
    if (!again) return;
    ask_again_ = parts_.outside.loop.RunAt(
        parts_.outside.clock.Now() + wait, [this, wait, question = question_] {
            if (question == question_ && !parts_.engine)
                AskInBackground(std::min(2 * wait, kAskAgainMax));
        });
}

Status StoreKeeper::OpenByKeyring(const Error& machine, Result<std::vector<Secret>> keys) {
    if (!keys) return Combine(machine, std::move(keys).error());
    for (const Secret& key : *keys) {
        const auto master =
            storage::UnlockStore(OptionsFor(parts_.places), storage::SlotKind::kKeyring, key);
        if (master) return OpenEngine(*master, KeyOrigin::kKeyring);
        if (master.error().kind != ErrorKind::kKeyWrong) return master.error();
    }
    return Combine(machine, OtherKey());
}

void StoreKeeper::Lock(const ipc::Call& keep, Done done) {
    ++question_;
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
    if (!attempt) return UnlockByMachine();
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

void StoreKeeper::UnlockByMachine() {
    auto opened = OpenByMachine();
    if (opened || !MayAskKeyring(opened.error())) return StartEngine(std::move(opened));
    AskKeyring([this, error = std::move(opened).error()](Result<std::vector<Secret>> keys) {
        auto by_keyring = OpenByKeyring(error, std::move(keys));
        if (!by_keyring) Refuse(by_keyring.error());
        StartEngine(std::move(by_keyring));
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
