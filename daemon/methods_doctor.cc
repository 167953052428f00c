#include <nlohmann/json.hpp>

#include "daemon/findings.h"
#include "daemon/methods.h"
#include "storage/statistics.h"

namespace kamili::daemon {
namespace {

void Doctor(Context& context, const CallPointer& call) {
    auto findings = std::make_shared<Findings>();
    CheckSettings(context, *findings);
    CheckFiles(context, *findings);
    CheckSurroundings(context, *findings);
    if (!context.engine) return call->Reply({{"findings", findings->Take()}});
    CheckAccounts(context, *context.engine, *findings);
    context.engine->store().Read(
        storage::VerifyStore,
        [call, findings](const Status& whole) {
            if (whole)
                findings->Ok("store", "every page in use is authentic");
            else
                findings->Fault("store", whole.error().message, StoreRemedy(whole.error()));
            call->Reply({{"findings", findings->Take()}});
        },
        storage::Store::Length::kLong);
}

}  // namespace

void AddDoctorMethods(MethodTable& table) {
    table.Add("Doctor",
              [&context = table.context()](const CallPointer& call) { Doctor(context, call); });
}

}  // namespace kamili::daemon
