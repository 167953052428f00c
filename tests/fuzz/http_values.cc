// Aim: no text of a server or a browser brings the readers of URLs, queries and Retry-After down,
// and what they accept is what they promise.
// Links: kamili_net
#include <string_view>

#include "base/check.h"
#include "net/retry_after.h"
#include "net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kamili;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto url = net::ParseUrl(text)) {
        KAMILI_CHECK(url->scheme == "http" || url->scheme == "https");
        KAMILI_CHECK(url->port > 0 && url->port < 65'536);
        KAMILI_CHECK(url->host.find('@') == std::string::npos);
        // Put together again it is the same address.
        const auto again =
            net::ParseUrl(url->Origin() + url->path + (url->query.empty() ? "" : "?" + url->query));
        KAMILI_CHECK(again && again->host == url->host && again->port == url->port);
        KAMILI_CHECK(again->path == url->path && again->query == url->query);
    }
    if (const auto pairs = net::ParseQuery(text))
        KAMILI_CHECK(net::ParseQuery(net::BuildQuery(*pairs)) == *pairs);
    KAMILI_CHECK(net::PercentDecode(net::PercentEncode(text)) == text);
    const UtcTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 15);
    if (const auto wait = net::ParseRetryAfter(text, now))
        KAMILI_CHECK(wait->count() >= 0 && *wait <= net::kRetryAfterMax);
    return 0;
}
