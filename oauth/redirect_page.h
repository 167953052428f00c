#pragma once

#include <string>
#include <string_view>

namespace kamili::oauth {

enum class PageTone { kSuccess, kFailure, kWaiting };

// The page that the browser shows at the end of a sign-in: one self-contained HTML document, light
// or dark as the reader has it, without scripts, links or anything from elsewhere. `message` is
// plain text; it is escaped here. Pure.
std::string RedirectPage(PageTone tone, std::string_view message);

// The Content-Security-Policy that goes with it: styles of its own and nothing else.
inline constexpr char kRedirectPagePolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

// Text made safe inside HTML text and attribute values.
std::string EscapeHtml(std::string_view text);

}  // namespace kamili::oauth
