#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"
#include "model/account.h"
#include "net/http.h"

namespace kamili::oauth {

// How replies of sign-in endpoints are read (oauth/token_reply.h, oauth/device_code.h).

// The document of a reply; discarded if it is no JSON.
nlohmann::json ParseBody(const net::Response& response);
// Takes a text out of the document and overwrites what stays behind.
Secret TakeSecret(nlohmann::json& body, const char* name);
// A number of seconds, which some servers write as a text, `most` if it is larger; 0 if there is
// none.
std::chrono::seconds SecondsIn(const nlohmann::json& body, const char* name, std::int64_t most);
// Does the document hold an error, and no token?
bool IsRefusal(const nlohmann::json& body);

// kBadReply: "Google's token endpoint sent X".
Error BadSignInReply(model::Provider provider, std::string_view what);
// kBadReply for what is no JSON: HTML is what proxies, hotel networks and error pages send.
Error NotJson(model::Provider provider, const net::Response& response);

}  // namespace kamili::oauth
