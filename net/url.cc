#include "net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace kamili::net {
namespace {

constexpr int kPortMax = 65'535;
constexpr char kHexDigits[] = "0123456789ABCDEF";

bool IsAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsUnreserved(char c) {
    return IsAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int HexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

// What no part of a URL holds unescaped. The backslash is in it because some parsers take it for
// a slash, so that two of them would see two hosts.
bool IsForbidden(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f ||
           std::string_view("\\\"<>^`{|}").find(c) != std::string_view::npos;
}

int DefaultPort(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

std::optional<std::array<unsigned char, 16>> Ipv6(std::string_view bracketed) {
    if (bracketed.size() < 4 || bracketed.front() != '[' || bracketed.back() != ']')
        return std::nullopt;
    std::array<unsigned char, 16> bytes{};
    const std::string text(bracketed.substr(1, bracketed.size() - 2));
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

bool IsHost(std::string_view host) {
    if (host.empty()) return false;
    if (host.front() == '[') return Ipv6(host).has_value();
    return std::all_of(host.begin(), host.end(), [](char c) {
        return IsAlphanumeric(c) || c == '-' || c == '.' || c == '_';
    });
}

// "host", "host:port", "[::1]:port". An empty port is the scheme's own (RFC 3986, section 3.2.3).
bool ReadAuthority(std::string_view authority, Url& url) {
    const std::size_t host_end = authority.starts_with('[') ? authority.find(']') : 0;
    if (host_end == std::string_view::npos) return false;
    const std::size_t colon = authority.find(':', host_end);
    url.host = Lower(authority.substr(0, colon));
    url.port = DefaultPort(url.scheme);
    if (!IsHost(url.host)) return false;
    if (colon == std::string_view::npos || colon + 1 == authority.size()) return true;
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    return error == std::errc() && end == digits.data() + digits.size() && digits[0] != '-' &&
           url.port > 0 && url.port <= kPortMax;
}

std::optional<std::string> FormDecode(std::string_view text) {
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return PercentDecode(spaced);
}

}  // namespace

std::string PercentEncode(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (IsUnreserved(c)) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    }
    return encoded;
}

std::optional<std::string> PercentDecode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = HexValue(text[i + 1]);
        const int low = HexValue(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

std::string BuildQuery(const QueryPairs& pairs) {
    std::string query;
    for (const auto& [name, value] : pairs) {
        if (!query.empty()) query += '&';
        query += PercentEncode(name) + '=' + PercentEncode(value);
    }
    return query;
}

std::optional<QueryPairs> ParseQuery(std::string_view text) {
    QueryPairs pairs;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = FormDecode(pair.substr(0, equals));
        auto value = FormDecode(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value) return std::nullopt;
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

std::string Url::Origin() const {
    std::string origin = scheme + "://" + host;
    if (port != DefaultPort(scheme)) origin += ':' + std::to_string(port);
    return origin;
}

bool Url::IsLoopback() const {
    std::array<unsigned char, 4> four{};
    if (inet_pton(AF_INET, host.c_str(), four.data()) == 1) return four[0] == 127;
    const auto six = Ipv6(host);
    constexpr std::array<unsigned char, 16> kOne = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return six && *six == kOne;
}

std::optional<Url> ParseUrl(std::string_view text) {
    if (std::any_of(text.begin(), text.end(), IsForbidden)) return std::nullopt;
    // A fragment never leaves the machine.
    text = text.substr(0, text.find('#'));
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    Url url;
    url.scheme = Lower(text.substr(0, colon));
    if (url.scheme != "https" && url.scheme != "http") return std::nullopt;
    text.remove_prefix(colon + 3);

    const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
    if (!ReadAuthority(text.substr(0, authority_end), url)) return std::nullopt;
    text.remove_prefix(authority_end);

    const std::size_t question = std::min(text.find('?'), text.size());
    url.path = question == 0 ? "/" : std::string(text.substr(0, question));
    url.query = std::string(text.substr(std::min(question + 1, text.size())));
    return url;
}

}  // namespace kamili::net
