#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kamili::net {

// Percent-encodes everything but the unreserved characters of RFC 3986, for one path segment or one
// query name or value. Encode once, never twice.
std::string PercentEncode(std::string_view text);
// The inverse; "+" stays "+". Nothing for a broken escape.
std::optional<std::string> PercentDecode(std::string_view text);

using QueryPairs = std::vector<std::pair<std::string, std::string>>;
// "a=1&b=2", both sides percent-encoded, order kept.
std::string BuildQuery(const QueryPairs& pairs);
// Splits a query or form body; "+" is a space. Broken escapes make it nothing.
std::optional<QueryPairs> ParseQuery(std::string_view text);

// The parts that matter for deciding whether a URL may be asked.
struct Url {
    std::string scheme;  // lower case
    std::string host;    // lower case, brackets kept for IPv6
    int port = 0;        // the scheme's own if none is written
    std::string path;    // from the first "/", percent-encoding untouched, "/" if empty
    std::string query;   // without "?"

    // scheme://host[:port] with the port left out when it is the scheme's own.
    std::string Origin() const;
    bool IsLoopback() const;  // 127.0.0.0/8 or [::1] literally
};
// Absolute http or https URLs without user information; nothing for anything else.
std::optional<Url> ParseUrl(std::string_view text);

}  // namespace kamili::net
