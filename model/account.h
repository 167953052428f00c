#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/ids.h"

namespace kamili::model {

enum class Provider { kGoogle, kMicrosoft };
std::string_view Text(Provider provider);  // "google", "microsoft"
std::optional<Provider> ProviderFromText(std::string_view text);

// What the user lets Kamili do. Each level asks for the narrowest scopes that do it.
enum class Access { kFreeBusy, kRead, kWrite };
std::string_view Text(Access access);  // "freebusy", "read", "write"
std::optional<Access> AccessFromText(std::string_view text);

// What an account or a calendar is up to; the words of the contract.
enum class State {
    kOk,
    kSyncing,
    kOffline,
    kThrottled,
    kNeedsSignIn,
    kInsufficientScope,
    kPaused,
    kDisabled,
    kError,
};
std::string_view Text(State state);  // "ok", "syncing", ..., "needs_sign_in"
std::optional<State> StateFromText(std::string_view text);

// One sign-in at one provider. No secret is in here: tokens live in the vault.
struct Account {
    AccountId id;
    Provider provider = Provider::kGoogle;
    Access access = Access::kRead;
    std::string remote_id;  // the provider's own id of the person: Google: primary calendar's id;
                            // Microsoft: "oid@tid"
    std::string address;    // for people; from the primary calendar
    std::string label;      // the user's own name for it, may be empty
    std::string authority;  // Microsoft: the pinned tenant or "consumers"; Google: empty
    std::vector<std::string> scopes_requested;
    std::vector<std::string> scopes_granted;
    bool paused = false;
    // kOk, kNeedsSignIn, kInsufficientScope or kError: what survives a restart. The passing states
    // (syncing, offline, throttled) are known to the sync engine alone.
    State state = State::kOk;
    std::string reason;  // in words, empty when all is well
    UtcTime created{};
    // The calendar list's own change cursor; opaque, empty before the first listing.
    std::string list_cursor;

    friend bool operator==(const Account&, const Account&) = default;
};

}  // namespace kamili::model
