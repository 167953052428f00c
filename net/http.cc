#include "net/http.h"

#include <algorithm>

#include "base/check.h"

namespace kamili::net {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace

std::string_view Text(Method method) {
    switch (method) {
        case Method::kGet:
            return "GET";
        case Method::kPost:
            return "POST";
        case Method::kPut:
            return "PUT";
        case Method::kPatch:
            return "PATCH";
        case Method::kDelete:
            return "DELETE";
    }
    KAMILI_CHECK(false);
    return "";
}

Request Request::Copy() const {
    Request copy;
    copy.method = method;
    copy.url = url;
    copy.headers = headers;
    copy.bearer = bearer.Copy();
    copy.body = body.Copy();
    copy.content_type = content_type;
    copy.limits = limits;
    return copy;
}

std::optional<std::string_view> Response::FindHeader(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const Header& header) {
        return SameName(header.name, name);
    });
    if (found == headers.end()) return std::nullopt;
    return found->value;
}

}  // namespace kamili::net
