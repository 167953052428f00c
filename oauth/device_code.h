#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/http.h"
#include "oauth/settings.h"
#include "oauth/token_reply.h"

namespace kamili::oauth {

// RFC 8628 at Microsoft. Google gives device codes, but none that open a calendar.

struct DeviceCode {
    Secret device_code;            // what the token endpoint is asked with
    std::string user_code;         // typed by the user: shown, never logged
    std::string verification_uri;  // where it is typed, as the provider wrote it
    std::chrono::seconds expires_in{0};
    std::chrono::seconds interval{0};  // between two questions
};

// kBadReply for missing fields, for a user code or an address with characters that do not belong
// there, and for an address that is not https (http is good enough where `settings` have it, too);
// else as ParseTokenReply.
Result<DeviceCode> ParseDeviceCode(const net::Response& response, const MicrosoftSettings& settings,
                                   UtcTime now);

// What one question at the token endpoint brought.
enum class DevicePoll {
    kPending,   // the user has not decided: ask again after the interval
    kSlowDown,  // the same, with an interval that is five seconds longer from now on
    kTryLater,  // a fault that passes
    kDecided,   // ParseDeviceTokens says how
};
struct DevicePollReply {
    DevicePoll what = DevicePoll::kPending;
    std::optional<std::chrono::milliseconds> retry_after;
};
DevicePollReply ReadDevicePoll(const net::Response& response, UtcTime now);

// Errors: kAccessDenied when the user declined, kAdminApprovalRequired when a policy of the
// organisation does not let device codes in, DeviceCodeExpired(); else as ParseTokenReply.
Result<TokenReply> ParseDeviceTokens(const net::Response& response, UtcTime now);
// kTimeout: nobody has entered the code while it was good.
Error DeviceCodeExpired();

}  // namespace kamili::oauth
