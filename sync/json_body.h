#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace kamili::sync {

// A provider's JSON, read tolerantly: what is absent or of another type reads as empty, so that one
// odd field never costs a page.

// The body as one JSON object. Bytes that are no UTF-8 and lone surrogates become U+FFFD, numbers
// that no double holds become 0. kBadReply for anything else: HTML, an empty body, a truncated or
// absurdly nested one.
Result<nlohmann::json> ParseJsonBody(const net::Response& response);

// The same, but the items of the array `list` are given away one after the other and not kept: a
// page of thousands as one tree takes ten times its size. `on_begin` comes before the first item,
// and again if the text has to be read once more from its beginning; what came before is void then,
// as it is when the result is an error. In the result the list is empty.
struct ItemSink {
    const char* list;
    std::function<void()> on_begin;
    std::function<void(const nlohmann::json&)> on_item;
};
Result<nlohmann::json> ParseJsonBody(const net::Response& response, const ItemSink& sink);

// The member of that name as text without NUL, or "".
std::string TextOf(const nlohmann::json& object, const char* name);
bool FlagOf(const nlohmann::json& object, const char* name);
std::int64_t NumberOf(const nlohmann::json& object, const char* name);
// The member if it is an object, else an empty object.
const nlohmann::json& ObjectOf(const nlohmann::json& object, const char* name);
// The member if it is an array, else an empty array.
const nlohmann::json& ArrayOf(const nlohmann::json& object, const char* name);
// Is the member an array? What is none says nothing about what is absent from it.
bool HasArray(const nlohmann::json& object, const char* name);

// Text as it may be stored: UTF-8 without NUL.
std::string CleanText(std::string_view text);

// A provider's error code as it may stand in a message of ours: letters, digits, "_", "-" and ".",
// at most 64; whatever else it holds might be somebody's data.
std::string CodeText(std::string_view code);

}  // namespace kamili::sync
