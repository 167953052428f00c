#include "oauth/aadsts.h"

#include <array>
#include <charconv>

namespace kamili::oauth {
namespace {

struct CodeWords {
    std::int64_t code;
    std::string_view words;
};

constexpr std::array kCodes = {
    CodeWords{50011, "the redirect address is not registered for this application"},
    CodeWords{50020, "this account does not belong to that directory"},
    CodeWords{50076, "a second factor is asked for"},
    CodeWords{50079, "a second factor has to be set up"},
    CodeWords{50105, "the organisation has not assigned this application to the account"},
    CodeWords{50173, "the sign-in was ended, by a password change or an administrator"},
    CodeWords{50194, "the application is registered for one organisation only"},
    CodeWords{53000, "a policy of the organisation asks for a managed device"},
    CodeWords{53001, "a policy of the organisation asks for a joined device"},
    CodeWords{53002, "a policy of the organisation allows approved applications only"},
    CodeWords{53003, "a Conditional Access policy of the organisation blocks it"},
    CodeWords{54005, "the sign-in code was used before"},
    CodeWords{65001, "the permission was never given or was taken back"},
    CodeWords{65004, "the permission was declined"},
    CodeWords{70008, "the sign-in code has expired"},
    CodeWords{70043, "the organisation limits how long a sign-in lasts"},
    CodeWords{90094, "an administrator has to approve this application"},
    CodeWords{90095, "an administrator has to approve this application"},
    CodeWords{501481, "the sign-in code belongs to another attempt"},
    CodeWords{700016, "the client id is not known to this directory"},
    CodeWords{700082, "it was not used for too long"},
    CodeWords{7000218, "the application is not registered as a public client"},
    CodeWords{9002331, "the application is registered for personal accounts only"},
};

struct NameWords {
    std::string_view name;
    std::string_view words;
};

constexpr std::array kSuberrors = {
    NameWords{"bad_token", "the stored sign-in is no longer valid"},
    NameWords{"consent_required", "the permission was never given or was taken back"},
    NameWords{"user_password_expired", "the password has expired"},
    NameWords{"basic_action", "the account needs something done in the browser"},
    NameWords{"additional_action", "the account needs something done outside of the browser"},
    NameWords{"message_only", "the organisation refuses it with a message in the browser"},
    NameWords{"ui_not_allowed", "it has to be done in the browser"},
    NameWords{"interrupted_user", "the sign-in was interrupted"},
};

}  // namespace

std::optional<std::int64_t> FindAadsts(std::string_view text) {
    constexpr std::string_view kMark = "AADSTS";
    const auto mark = text.find(kMark);
    if (mark == std::string_view::npos) return std::nullopt;
    text.remove_prefix(mark + kMark.size());
    std::int64_t code = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), code);
    if (result.ec != std::errc() || code <= 0) return std::nullopt;
    return code;
}

bool NeedsAdmin(std::int64_t code) { return code == 90094 || code == 90095; }

std::string_view AadstsWords(std::int64_t code) {
    for (const auto& entry : kCodes)
        if (entry.code == code) return entry.words;
    return {};
}

std::string_view SuberrorWords(std::string_view suberror) {
    for (const auto& entry : kSuberrors)
        if (entry.name == suberror) return entry.words;
    return {};
}

}  // namespace kamili::oauth
