#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace kamili::net {

enum class Method { kGet, kPost, kPut, kPatch, kDelete };
std::string_view Text(Method method);

struct Header {
    std::string name;
    std::string value;
    friend bool operator==(const Header&, const Header&) = default;
};

// Everything has a limit; past it the transfer ends with kTimeout or kBadReply.
struct Limits {
    std::chrono::milliseconds connect{15'000};
    std::chrono::milliseconds idle{30'000};    // no byte for that long
    std::chrono::milliseconds total{120'000};  // the whole exchange
    std::size_t body_bytes_max = 64u << 20;    // after decompression
    std::size_t header_bytes_max = 64u << 10;
};

// One HTTP request. Values only; nothing is sent until a Transport gets it.
struct Request {
    Method method = Method::kGet;
    std::string url;
    std::vector<Header> headers;  // no secrets in here: names and values may be traced in tests
    Secret bearer;                // sent as "Authorization: Bearer ..." if not empty
    Secret body;
    std::string content_type;
    Limits limits;

    Request Copy() const;
};

// One reply, whatever its status. The body is wiped when it goes, since it holds tokens or events.
struct Response {
    int status = 0;
    std::vector<Header> headers;
    Secret body;

    // The first header of that name, compared without case.
    std::optional<std::string_view> FindHeader(std::string_view name) const;
};

}  // namespace kamili::net
