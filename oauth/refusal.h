#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "model/account.h"
#include "net/http.h"

namespace kamili::oauth {

// What the error document of a token endpoint means (RFC 6749, 5.2, and what Google and Microsoft
// add to it). The kind is decided on `error` alone, but for Microsoft's "too often", which comes in
// the clothes of a refusal, and for a missing administrator's consent; sub-errors and numbers
// choose the words.
Error RefusalFrom(model::Provider provider, const nlohmann::json& body);

// What a status that needs no look at the body means: asked to wait, or a fault of theirs; nothing
// for others.
std::optional<Error> PassingFault(model::Provider provider, const net::Response& response,
                                  UtcTime now);

// The AADSTS number in a refusal of Microsoft's; 0 if there is none.
std::int64_t AadstsIn(const nlohmann::json& body);

// "Google" or "Microsoft", for sentences.
std::string_view NameOf(model::Provider provider);

}  // namespace kamili::oauth
