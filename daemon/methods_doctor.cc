#include <nlohmann/json.hpp>

#include "daemon/findings.h"
#include "daemon/keyring_slot.h"
#include "daemon/methods.h"
#include "storage/statistics.h"

namespace kamili::daemon {
namespace {

// The last check: it may take as long as the keyring is asked at most.
void CheckKeyring(Context& context, const std::shared_ptr<Findings>& findings,
                  const CallPointer& call) {
    TestKeyringSlot(context, [call, findings](Result<storage::SlotSummary> slot) {
        if (slot)
            findings->Ok("keyring", "the keyring opens its key slot");
        else if (slot.error().kind != ErrorKind::kNotFound)
            findings->Warn("keyring",
                           "the keyring's key slot cannot be used: " + slot.error().message,
                           slot.error().hint.empty() ? "remove the slot and add it anew: kamilictl "
                                                       "key slot list"
                                                     : slot.error().hint);
        call->Reply({{"findings", findings->Take()}});
    });
}

void Doctor(Context& context, const CallPointer& call) {
    auto findings = std::make_shared<Findings>();
    CheckSettings(context, *findings);
    CheckFiles(context, *findings);
    CheckSurroundings(context, *findings);
    if (!context.engine) return call->Reply({{"findings", findings->Take()}});
    CheckAccounts(context, *context.engine, *findings);
    context.engine->store().Read(
        storage::VerifyStore,
        [&context, call, findings](const Status& whole) {
            if (whole)
                findings->Ok("store", "every page in use is authentic");
            else
                findings->Fault("store", whole.error().message, StoreRemedy(whole.error()));
            CheckKeyring(context, findings, call);
        },
        storage::Store::Length::kLong);
}

}  // namespace

void AddDoctorMethods(MethodTable& table) {
    table.Add("Doctor",
              [&context = table.context()](const CallPointer& call) { Doctor(context, call); });
}

}  // namespace kamili::daemon
