#pragma once

#include "tests/simulator/state.h"

namespace kamili::simulator {

// The two authorization services. Both redirect at once unless the switches say otherwise.
SimReply GoogleOauth(State& state, const Call& call);
SimReply MicrosoftOauth(State& state, const Call& call);

// Shared by both: what a person decides on the authorization page.
struct Authorization {
    Service service = Service::kGoogle;
    Person* person = nullptr;
    std::vector<std::string> scopes = {};
    std::string authority = {};
};
// The redirect with a code, a refusal, or a page to click on, as the switches say.
SimReply Decide(State& state, const Call& call, const Authorization& authorization);

// What is granted of what was asked for, and in another order.
std::vector<std::string> Granted(const Consent& consent, const std::vector<std::string>& asked);

struct IssuedTokens {
    std::string access = {};
    std::string refresh = {};  // empty: none
    int expires_in = 0;
};
IssuedTokens Issue(State& state, const std::shared_ptr<Grant>& grant, bool with_refresh,
                   UtcTime now);
// Every token of a person dies (Google's revocation, a password change).
void RevokeAll(State& state, const Person& person);

// Counts a refresh at Entra; true if the same one was asked for too often (AADSTS50196).
bool IsRefreshLoop(State& state, const Call& call);

// Does the verifier belong to the code's challenge? S256 or, where it was asked for, plain.
bool VerifierFits(const PendingCode& code, const std::string& verifier);
std::vector<std::string> Words(const std::string& text);
std::string Join(const std::vector<std::string>& words);

}  // namespace kamili::simulator
