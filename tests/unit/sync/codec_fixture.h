#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "net/url.h"
#include "sync/providers.h"

namespace kamili::sync::testing {

using nlohmann::json;

// A golden reply: tests/golden/NAME.
inline json Golden(const std::string& name) {
    std::ifstream file(std::string(KAMILI_TEST_DATA) + "/golden/" + name);
    REQUIRE(file.good());
    return json::parse(file);
}

inline net::Response Reply(const std::string& body, int status = 200) {
    net::Response response;
    response.status = status;
    response.body = Secret(std::string_view(body));
    return response;
}
inline net::Response Reply(const json& body, int status = 200) {
    return Reply(body.dump(), status);
}

// 2027-01-01T00:00:00Z.
inline constexpr UtcTime kNow{std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)};

inline UtcTime At(const std::string& text) {
    const auto time = ParseRfc3339(text);
    REQUIRE(time.has_value());
    return *time;
}

inline model::Account AccountOf(model::Provider provider,
                                model::Access access = model::Access::kRead) {
    model::Account account;
    account.provider = provider;
    account.access = access;
    account.address = "ada@example.org";
    return account;
}

// The query of a request, by name; the test fails for a name that comes twice.
inline std::map<std::string, std::string> QueryOf(const net::Request& request) {
    const auto url = net::ParseUrl(request.url);
    REQUIRE(url.has_value());
    const auto pairs = net::ParseQuery(url->query);
    REQUIRE(pairs.has_value());
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : *pairs) {
        REQUIRE_FALSE(out.contains(name));
        out[name] = value;
    }
    return out;
}

// The change for that remote id, which must be there once.
inline const RemoteChange& ChangeOf(const std::vector<RemoteChange>& changes,
                                    const std::string& id) {
    const RemoteChange* found = nullptr;
    for (const RemoteChange& change : changes) {
        if (change.event.remote_id != id) continue;
        REQUIRE(found == nullptr);
        found = &change;
    }
    INFO(id);
    REQUIRE(found != nullptr);
    return *found;
}

inline bool HasFlag(const model::Event& event, const std::string& flag) {
    return std::find(event.flags.begin(), event.flags.end(), flag) != event.flags.end();
}

inline ErrorKind KindNamed(const std::string& name) {
    const std::map<std::string, ErrorKind> kinds = {
        {"kRejected", ErrorKind::kRejected},
        {"kAuthExpired", ErrorKind::kAuthExpired},
        {"kInsufficientScope", ErrorKind::kInsufficientScope},
        {"kThrottled", ErrorKind::kThrottled},
        {"kNotFound", ErrorKind::kNotFound},
        {"kTimeout", ErrorKind::kTimeout},
        {"kConflict", ErrorKind::kConflict},
        {"kCursorExpired", ErrorKind::kCursorExpired},
        {"kServerFault", ErrorKind::kServerFault},
        {"kBadReply", ErrorKind::kBadReply},
    };
    REQUIRE(kinds.contains(name));
    return kinds.at(name);
}

}  // namespace kamili::sync::testing
