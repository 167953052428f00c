#include "daemon/keyring_slot.h"

#include <memory>
#include <optional>

#include "daemon/keyring_desk.h"
#include "storage/key_source.h"

namespace kamili::daemon {
namespace {

using storage::SlotKind;
using storage::SlotSummary;

// The store by its name in the keyring, and its slot there if it has one.
struct Known {
    std::string name;
    std::optional<SlotSummary> slot;
};

Result<Known> Look(const storage::ReadView& view) {
    auto name = storage::StoreName(view);
    if (!name) return std::move(name).error();
    const auto slots = storage::ListKeySlots(view);
    if (!slots) return slots.error();
    Known out{.name = std::move(*name), .slot = std::nullopt};
    for (const SlotSummary& slot : *slots)
        if (slot.kind == SlotKind::kKeyring) out.slot = slot;
    return out;
}

// A slot on its way.
struct Addition {
    Context& context;
    std::string name;
    std::string label;
    Secret secret;
    SlotDone done;
};
using AdditionPointer = std::shared_ptr<Addition>;

// The store was locked while the keyring was asked.
bool IsClosed(const Context& context, SlotDone& done) {
    if (context.engine) return false;
    done(context.health.trouble);
    return true;
}

void OnWritten(const AdditionPointer& addition, Result<SlotSummary> added) {
    if (!added)
        addition->context.keyring->Remove(addition->name, addition->secret, [](const Status&) {});
    addition->done(std::move(added));
}

void OnPut(const AdditionPointer& addition, const Status& put) {
    if (!put) return addition->done(put.error());
    Context& context = addition->context;
    if (!context.engine) return OnWritten(addition, context.health.trouble);
    context.engine->store().WriteFor<SlotSummary>(
        [addition, now = context.clock.UtcNow()](storage::Txn& txn) {
            return storage::AddKeySlot(txn, {.kind = SlotKind::kKeyring,
                                             .secret = addition->secret,
                                             .label = addition->label,
                                             .created = now});
        },
        [addition](Result<SlotSummary> added) { OnWritten(addition, std::move(added)); });
}

void OnFound(Context& context, Result<std::vector<Secret>> found, SlotDone done) {
    if (!found) return done(std::move(found).error());
    if (IsClosed(context, done)) return;
    const auto keys = std::make_shared<std::vector<Secret>>(std::move(*found));
    context.engine->store().ReadFor<SlotSummary>(
        [keys](const storage::ReadView& view) -> Result<SlotSummary> {
            for (const Secret& key : *keys)
                if (auto slot = storage::TestKeySlot(view, SlotKind::kKeyring, key)) return slot;
            return Error{.kind = ErrorKind::kKeyWrong,
                         .message = "the keyring's key does not open this store",
                         .hint = "remove the slot and add it anew: kamilictl key slot list"};
        },
        std::move(done));
}

}  // namespace

void AddKeyringSlot(Context& context, const std::string& label, SlotDone done) {
    Secret secret = Secret::OfSize(storage::kMasterKeyBytes);
    context.engine->random().Fill(secret.writable());
    const auto addition = std::make_shared<Addition>(Addition{.context = context,
                                                              .name = {},
                                                              .label = label,
                                                              .secret = std::move(secret),
                                                              .done = std::move(done)});
    context.engine->store().ReadFor<Known>(Look, [addition](Result<Known> known) {
        if (!known) return addition->done(std::move(known).error());
        if (known->slot)
            return addition->done(Error{.kind = ErrorKind::kConflict,
                                        .message = "there is a key slot for the keyring already",
                                        .hint = "remove it first: kamilictl key slot list"});
        addition->name = known->name;
        addition->context.keyring->Put(addition->name, addition->secret,
                                       [addition](const Status& put) { OnPut(addition, put); });
    });
}

void TestKeyringSlot(Context& context, SlotDone done) {
    if (IsClosed(context, done)) return;
    context.engine->store().ReadFor<Known>(Look, [&context, done = std::move(done)](
                                                     Result<Known> known) mutable {
        if (!known) return done(std::move(known).error());
        if (!known->slot)
            return done(Error{.kind = ErrorKind::kNotFound,
                              .message = "there is no key slot for the keyring",
                              .hint = "kamilictl key slot add keyring"});
        context.keyring->Find(known->name, [&context, done = std::move(done)](auto keys) mutable {
            OnFound(context, std::move(keys), std::move(done));
        });
    });
}

void ForgetKeyringItems(Context& context) {
    if (!context.engine) return;
    context.engine->store().ReadFor<Known>(Look, [&context](Result<Known> known) {
        // Somebody added another one meanwhile.
        if (!known || known->slot) return;
        context.keyring->Remove(known->name, Secret(), [&log = context.log](const Status& removed) {
            if (!removed && removed.error().kind != ErrorKind::kKeyMissing)
                log.Warn("the keyring keeps a key that opens nothing",
                         {{"fault", removed.error().message}});
        });
    });
}

}  // namespace kamili::daemon
