#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "model/account.h"
#include "net/transport.h"
#include "oauth/authorization.h"
#include "oauth/settings.h"
#include "storage/store.h"
#include "sync/providers.h"

namespace kamili::sync {

struct SignInRequest {
    model::Provider provider = model::Provider::kGoogle;
    model::Access access = model::Access::kRead;
    std::string authority;     // Microsoft: "common", "organizations" or "consumers"
    std::string redirect_uri;  // loopback only
    std::string label;
    std::string login_hint;
    std::optional<model::AccountId> again;  // reauth of this account: another person is refused
};

struct SignInBegun {
    std::string sign_in_id;  // names it in the other calls
    std::string url;         // for the browser
    std::string state;       // so that the listener can tell the redirect from noise
};

// What a person needs who signs in with a device code.
struct DeviceBegun {
    std::string sign_in_id;
    std::string user_code;  // shown, never logged
    std::string verification_uri;
    std::chrono::seconds expires_in{0};
};

// Sign-ins under way. The state and the PKCE verifier are made here, the verifier is never
// revealed; each ends after 10 minutes, one with a device code when the code does. An account is
// stored only when its tokens have the rights that its access level needs and a refresh token came:
// a sign-in that fails leaves nothing behind. An account of the same person is signed in again, not
// doubled. Loop thread only.
class SignInService {
  public:
    SignInService(Loop& loop, const Clock& clock, Random& random, net::Transport& transport,
                  storage::Store& store, const Providers& providers,
                  const oauth::ProviderSettings& settings, Log& log);
    ~SignInService();

    // kNotSupported for write access, kBadConfiguration when no client id is configured,
    // kInvalidArgument for a redirect address that is not loopback, kTooMany past 16 at once.
    Result<SignInBegun> Begin(const SignInRequest& request);
    // Exchanges the code, checks the scopes, asks who it is, stores the account (at once, in one
    // transaction with its tokens). kNotFound for an unknown or expired sign-in.
    using Done = UniqueFunction<void(Result<model::Account>)>;
    void Complete(const std::string& sign_in_id, oauth::RedirectParameters parameters, Done done);
    // Microsoft: asks for a device code (RFC 8628); no redirect address is needed. kNotSupported
    // for Google, else as Begin and what the network brings.
    void BeginDevice(const SignInRequest& request, UniqueFunction<void(Result<DeviceBegun>)> done);
    // Asks the provider until the person has decided, at most for so long, then goes on as Complete
    // does. Without somebody who waits nothing is asked and no account can come of it. kNotFound as
    // in Complete; kTimeout when the code has expired.
    void Await(const std::string& sign_in_id, std::optional<std::chrono::seconds> at_most,
               Done done);
    void Cancel(const std::string& sign_in_id);

    // Google: asks the provider to revoke the account's grant. Microsoft: kNotSupported with the
    // address where the user can do it.
    void Revoke(model::AccountId account, UniqueFunction<void(Status)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace kamili::sync
