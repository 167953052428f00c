#include "tests/simulator/web.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace kamili::simulator {
namespace {

int HexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return Lower(x) == Lower(y); });
}

std::vector<std::string_view> Split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::string SimRequest::Header(std::string_view name) const {
    // Several lines of one name are one list (RFC 9110 section 5.2).
    std::string value;
    for (const net::Header& header : headers)
        if (SameName(header.name, name)) value += (value.empty() ? "" : ", ") + header.value;
    return value;
}

std::string Decode(std::string_view text, bool plus_is_space) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
            HexDigit(text[i + 2]) >= 0) {
            out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
            i += 2;
        } else {
            out += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string Encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (Lower(c) >= 'a' && Lower(c) <= 'z') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out += c;
        else
            (out += '%') += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return out;
}

std::string EscapeHtml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

Query Query::Parse(std::string_view text) {
    Query query;
    if (text.empty()) return query;
    for (const std::string_view part : Split(text, '&')) {
        const std::size_t equals = part.find('=');
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
        query.pairs_.emplace_back(Decode(part.substr(0, equals), true), Decode(value, true));
    }
    return query;
}

bool Query::Has(std::string_view name) const {
    return std::any_of(pairs_.begin(), pairs_.end(),
                       [&](const auto& pair) { return pair.first == name; });
}

std::string Query::Get(std::string_view name) const {
    for (const auto& [key, value] : pairs_)
        if (key == name) return value;
    return "";
}

std::optional<int> Query::Number(std::string_view name) const {
    const std::string text = Get(name);
    int number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

Call Call::Of(const SimRequest& request, UtcTime now) {
    std::string_view target = request.target;
    target = target.substr(0, target.find('#'));
    const std::size_t question = target.find('?');
    Call call{request, now, {}, std::string(target.substr(0, question)), {}, {}};
    if (question != std::string_view::npos) call.raw_query = target.substr(question + 1);
    call.query = Query::Parse(call.raw_query);
    std::string_view path = call.raw_path;
    if (!path.empty() && path.front() == '/') path.remove_prefix(1);
    for (const std::string_view segment : Split(path, '/'))
        call.path.push_back(Decode(segment, false));
    return call;
}

bool Call::PathIs(std::string_view pattern, std::size_t at) const {
    const auto parts = Split(pattern, '/');
    if (path.size() != at + parts.size()) return false;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (parts[i] != "*" && path[at + i] != parts[i]) return false;
    return true;
}

std::string Call::Bearer() const {
    const std::string value = request.Header("Authorization");
    if (value.size() < 7 || !SameName(std::string_view(value).substr(0, 7), "Bearer ")) return "";
    return value.substr(7);
}

SimReply JsonReply(int status, const Json& body) {
    SimReply reply;
    reply.status = status;
    reply.headers.push_back({"Content-Type", "application/json; charset=UTF-8"});
    reply.body = body.dump();
    return reply;
}

SimReply HtmlReply(int status, const std::string& body) {
    SimReply reply;
    reply.status = status;
    reply.headers.push_back({"Content-Type", "text/html; charset=UTF-8"});
    reply.body = "<!doctype html><html><body>" + body + "</body></html>";
    return reply;
}

SimReply Redirect(const std::string& location) {
    SimReply reply;
    reply.status = 302;
    reply.headers.push_back({"Location", location});
    return reply;
}

std::string WithoutSecrets(const std::string& target) {
    constexpr std::array<std::string_view, 6> kSecret{"code",          "token", "access_token",
                                                      "refresh_token", "state", "code_challenge"};
    const std::size_t question = target.find('?');
    if (question == std::string::npos) return target;
    std::string out = target.substr(0, question);
    char joint = '?';
    for (const std::string_view part : Split(std::string_view(target).substr(question + 1), '&')) {
        const std::string_view name = part.substr(0, part.find('='));
        const bool secret = std::find(kSecret.begin(), kSecret.end(), name) != kSecret.end();
        out += joint + std::string(secret ? std::string(name) + "=..." : std::string(part));
        joint = '&';
    }
    return out;
}

}  // namespace kamili::simulator
