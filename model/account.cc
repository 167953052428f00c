#include "model/account.h"

#include <array>

#include "model/name_table.h"

namespace kamili::model {
namespace {

constexpr std::array kProviders = {Name<Provider>{Provider::kGoogle, "google"},
                                   Name<Provider>{Provider::kMicrosoft, "microsoft"}};
constexpr std::array kAccesses = {Name<Access>{Access::kFreeBusy, "freebusy"},
                                  Name<Access>{Access::kRead, "read"},
                                  Name<Access>{Access::kWrite, "write"}};
constexpr std::array kStates = {Name<State>{State::kOk, "ok"},
                                Name<State>{State::kSyncing, "syncing"},
                                Name<State>{State::kOffline, "offline"},
                                Name<State>{State::kThrottled, "throttled"},
                                Name<State>{State::kNeedsSignIn, "needs_sign_in"},
                                Name<State>{State::kInsufficientScope, "insufficient_scope"},
                                Name<State>{State::kPaused, "paused"},
                                Name<State>{State::kDisabled, "disabled"},
                                Name<State>{State::kError, "error"}};

}  // namespace

std::string_view Text(Provider provider) { return TextIn(kProviders, provider); }
std::optional<Provider> ProviderFromText(std::string_view text) {
    return ValueIn(kProviders, text);
}
std::string_view Text(Access access) { return TextIn(kAccesses, access); }
std::optional<Access> AccessFromText(std::string_view text) { return ValueIn(kAccesses, text); }
std::string_view Text(State state) { return TextIn(kStates, state); }
std::optional<State> StateFromText(std::string_view text) { return ValueIn(kStates, text); }

}  // namespace kamili::model
