#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/simulator/state.h"

namespace kamili::simulator {

// What Microsoft's two ways of signing in share (microsoft_oauth.cc).

SimReply MicrosoftTokenError(State& state, const Call& call, const std::string& error, int number,
                             const std::string& text, const std::string& suberror = "");
SimReply MicrosoftTokens(State& state, const Call& call, const Query& form,
                         const std::shared_ptr<Grant>& grant, bool with_refresh,
                         const std::string& nonce);
// May this person sign in at that authority?
bool FitsAuthority(const Person& person, const std::string& authority);
// The one that is named, if the authority lets them in, else the first that it does.
Person* PersonAt(const State& state, const std::string& authority, const std::string& hint);
bool AreMicrosoftScopes(const std::vector<std::string>& scopes);

// Device codes, RFC 8628 as Microsoft does it (microsoft_device.cc).

// POST .../devicecode
SimReply IssueDeviceCode(State& state, const Call& call);
// The token endpoint with the device grant.
SimReply RedeemDeviceCode(State& state, const Call& call, const Query& form);
// The page that the user opens.
SimReply DevicePage(State& state, const Call& call);
// GET control/device: all codes and how they were polled.
SimReply DeviceCodes(const State& state);
// POST control/device: what the user does on that page.
SimReply AnswerDevice(State& state, const Call& call, const Json& body);

}  // namespace kamili::simulator
