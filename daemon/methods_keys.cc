#include <nlohmann/json.hpp>

#include "daemon/keyring_slot.h"
#include "daemon/methods.h"
#include "daemon/parameters.h"
#include "daemon/store_control.h"
#include "storage/key_admin.h"
#include "storage/key_source.h"
#include "storage/recovery_code.h"

namespace kamili::daemon {
namespace {

using nlohmann::json;
using storage::SlotKind;

json ToJson(const storage::SlotSummary& slot) {
    return {{"number", slot.number},
            {"kind", storage::Text(slot.kind)},
            {"label", slot.label},
            {"created", FormatUtc(slot.created)}};
}

json ToJson(const std::vector<storage::SlotSummary>& slots) {
    json out = json::array();
    for (const auto& slot : slots) out.push_back(ToJson(slot));
    return out;
}

const char* OriginWord(const Context& context) {
    if (!context.engine) return "";
    switch (context.health.key_origin) {
        case KeyOrigin::kCredential:
            return "credential";
        case KeyOrigin::kKeyFile:
            return "keyfile";
        case KeyOrigin::kPerson:
            return "person";
        case KeyOrigin::kKeyring:
            return "keyring";
    }
    return "";
}

void GetKeyStatus(Context& context, const CallPointer& call) {
    json status = {{"state", context.health.state},
                   {"reason", context.health.trouble.message},
                   {"opened_by", OriginWord(context)}};
    if (!context.engine) {
        storage::StoreOptions options;
        options.path = context.places.store();
        const auto slots = storage::PeekKeySlots(options);
        status["slots"] = slots ? ToJson(*slots) : json::array();
        return call->Reply(std::move(status));
    }
    context.engine->store().ReadFor<std::vector<storage::SlotSummary>>(
        storage::ListKeySlots, [call, status = std::move(status)](auto slots) mutable {
            if (!slots) return call->Fail(slots.error());
            status["slots"] = ToJson(*slots);
            call->Reply(std::move(status));
        });
}

SlotKind Kind(Parameters& parameters) {
    const auto kind = storage::SlotKindFromText(parameters.Text("kind"));
    if (!kind)
        parameters.Fail({.kind = ErrorKind::kInvalidArgument,
                         .message = "there is no such kind of key slot",
                         .hint = "keyfile, credential, passphrase, recovery or keyring"});
    return kind.value_or(SlotKind::kPassphrase);
}

// What a client sent, as the slot wants it: a key file's text and a recovery code are decoded.
Result<Secret> SecretFor(SlotKind kind, Secret text) {
    switch (kind) {
        case SlotKind::kPassphrase:
            if (text.empty())
                return Error{.kind = ErrorKind::kInvalidArgument,
                             .message = "a passphrase has one character at least"};
            return text;
        case SlotKind::kRecovery:
            return storage::ParseRecoveryCode(text);
        case SlotKind::kKeyFile:
        case SlotKind::kCredential:
            return storage::ParseKeyText(text);
        case SlotKind::kKeyring:
            return Error{.kind = ErrorKind::kInvalidArgument,
                         .message = "a keyring's secret is not given: the keyring has it"};
    }
    return text;
}

// The secret of a call, wiped from it.
Secret TakeSecret(Parameters& parameters, SlotKind kind) {
    auto text = parameters.TakeSecret("secret");
    if (!text) return {};
    auto secret = SecretFor(kind, std::move(*text));
    if (secret) return std::move(*secret);
    parameters.Fail(secret.error());
    return {};
}

void AddKeyring(Context& context, const std::string& label, const CallPointer& call) {
    AddKeyringSlot(context, label, [call](Result<storage::SlotSummary> added) {
        if (!added) return call->Fail(added.error());
        call->Reply({{"slot", ToJson(*added)}, {"recovery_code", nullptr}});
    });
}

void AddKeySlot(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const SlotKind kind = Kind(parameters);
    const std::string label = parameters.OptionalText("label").value_or("");
    if (kind == SlotKind::kKeyring && !parameters.Has("secret")) {
        if (parameters.Refuse()) return;
        return AddKeyring(context, label, call);
    }
    const bool makes_code = kind == SlotKind::kRecovery;
    Secret secret =
        makes_code ? storage::MakeRecoverySecret(engine.random()) : TakeSecret(parameters, kind);
    if (!makes_code && secret.empty())
        parameters.Fail({.kind = ErrorKind::kInvalidArgument, .message = "the secret is missing"});
    if (parameters.Refuse()) return;
    const auto kept = std::make_shared<Secret>(std::move(secret));
    engine.store().WriteFor<storage::SlotSummary>(
        [kept, kind, label, now = context.clock.UtcNow()](storage::Txn& txn) {
            return storage::AddKeySlot(
                txn, {.kind = kind, .secret = *kept, .label = label, .created = now});
        },
        [call, kept, makes_code](Result<storage::SlotSummary> added) {
            if (!added) return call->Fail(added.error());
            json reply = {{"slot", ToJson(*added)}, {"recovery_code", nullptr}};
            // Shown once to the person who asked for it; it has to leave for that.
            if (makes_code) reply["recovery_code"] = storage::FormatRecoveryCode(*kept).Reveal();
            call->Reply(std::move(reply));
        });
}

void RemoveKeySlot(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const auto number = parameters.OptionalNumber("number");
    if (!number)
        parameters.Fail({.kind = ErrorKind::kInvalidArgument, .message = "which key slot?"});
    if (parameters.Refuse()) return;
    const int slot = static_cast<int>(std::min<std::int64_t>(*number, storage::kSlotsMax));
    engine.store().WriteFor<storage::SlotSummary>(
        [slot](storage::Txn& txn) { return storage::RemoveKeySlot(txn, slot); },
        [call, &context](Result<storage::SlotSummary> removed) {
            if (!removed) return call->Fail(removed.error());
            if (removed->kind == SlotKind::kKeyring) ForgetKeyringItems(context);
            call->Reply(json::object());
        });
}

void TestKeyring(Context& context, const CallPointer& call) {
    TestKeyringSlot(context, [call](Result<storage::SlotSummary> slot) {
        if (!slot) return call->Fail(slot.error());
        call->Reply({{"slot", ToJson(*slot)}});
    });
}

void TestKeySlot(Context& context, Engine& engine, const CallPointer& call) {
    Parameters parameters(*call);
    const SlotKind kind = Kind(parameters);
    if (kind == SlotKind::kKeyring && !parameters.Has("secret")) {
        if (parameters.Refuse()) return;
        return TestKeyring(context, call);
    }
    const auto secret = std::make_shared<Secret>(TakeSecret(parameters, kind));
    if (secret->empty())
        parameters.Fail({.kind = ErrorKind::kInvalidArgument, .message = "the secret is missing"});
    if (parameters.Refuse()) return;
    engine.store().ReadFor<storage::SlotSummary>(
        [kind, secret](const storage::ReadView& view) {
            return storage::TestKeySlot(view, kind, *secret);
        },
        [call](Result<storage::SlotSummary> slot) {
            if (!slot) return call->Fail(slot.error());
            call->Reply({{"slot", ToJson(*slot)}});
        },
        storage::Store::Length::kLong);
}

// A rotation on its way. The call may be gone by its end: it goes on.
struct Rotation {
    CallPointer call;
    Instant began;
    std::int64_t pages = 0;

    void Tell(std::int64_t done, std::int64_t total) {
        pages = total;
        // Progress is a courtesy: a client that reads slowly misses some of it, never the end.
        if (!call->more() || call->closed() || !call->writable()) return;
        call->Continue(
            {{"event", "progress"}, {"pages", done}, {"total", total}, {"seconds", nullptr}});
    }
};

void RotateKey(Context& context, Engine& engine, const CallPointer& call) {
    const auto rotation =
        std::make_shared<Rotation>(Rotation{.call = call, .began = context.clock.Now()});
    engine.store().RotateKey(
        [rotation](std::int64_t done, std::int64_t total) { rotation->Tell(done, total); },
        [rotation, &context, &store = engine.store()](const Status& rotated) {
            const CallPointer& caller = rotation->call;
            if (rotated) {
                const std::chrono::duration<double> took = context.clock.Now() - rotation->began;
                context.log.Info("the store has a new data key", {{"pages", rotation->pages}});
                return caller->Reply({{"event", "done"},
                                      {"pages", rotation->pages},
                                      {"total", rotation->pages},
                                      {"seconds", took.count()}});
            }
            context.log.Error("the store's data key was not changed",
                              {{"kind", Text(rotated.error().kind)}});
            // Locked, it can be opened again by the usual ways; half open it answers nothing.
            if (!store.usable()) context.store_control->Lock(*caller, [](const Status&) {});
            caller->Fail(rotated.error());
        });
}

void Lock(Context& context, const CallPointer& call) {
    context.store_control->Lock(*call, [call](const Status& locked) {
        if (!locked) return call->Fail(locked.error());
        call->Reply(json::object());
    });
}

void Unlock(Context& context, const CallPointer& call) {
    Parameters parameters(*call);
    std::optional<StoreControl::Attempt> attempt;
    if (parameters.Has("kind")) {
        attempt.emplace();
        attempt->kind = Kind(parameters);
        attempt->secret = TakeSecret(parameters, attempt->kind);
    }
    if (parameters.Refuse()) return;
    context.store_control->Unlock(std::move(attempt), [call](const Status& unlocked) {
        if (!unlocked) return call->Fail(unlocked.error());
        call->Reply(json::object());
    });
}

}  // namespace

void AddKeyMethods(MethodTable& table) {
    Context& context = table.context();
    table.Add("GetKeyStatus", [&context](const CallPointer& call) { GetKeyStatus(context, call); });
    table.AddWithEngine("AddKeySlot", AddKeySlot);
    table.AddWithEngine("RemoveKeySlot", RemoveKeySlot);
    table.AddWithEngine("TestKeySlot", TestKeySlot);
    table.AddWithEngine("RotateKey", RotateKey);
    table.Add("Lock", [&context](const CallPointer& call) { Lock(context, call); });
    table.Add("Unlock", [&context](const CallPointer& call) { Unlock(context, call); });
}

}  // namespace kamili::daemon
