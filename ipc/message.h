#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kamili::ipc {

// The JSON object in a frame, read more strictly than JSON asks: UTF-8, no NUL character in a text,
// no key twice in an object, no deeper than `nesting_max`. Fails with kInvalidArgument; the message
// says which rule was broken and holds nothing of the text.
Result<nlohmann::json> ParseObject(std::string_view frame, std::size_t nesting_max);

// What a client asks: {"method": ..., "parameters": {...}, "more"|"oneway"|"upgrade": true}.
struct CallMessage {
    // Fails as ParseObject does, and for a method that is no text, parameters that are neither an
    // object nor null, a flag that is no boolean, more and oneway both, or any other key.
    static Result<CallMessage> Parse(std::string_view frame, std::size_t nesting_max);

    std::string method;
    std::shared_ptr<const nlohmann::json> parameters;  // an object, empty if there were none
    bool more = false;
    bool oneway = false;
    bool upgrade = false;
};

// The frame of a message, NUL included. Bytes that are not UTF-8 are replaced: a provider's broken
// title must not end a client's connection.
std::string MakeFrame(const nlohmann::json& message);
// The frame of an answer whose parameters are JSON text already.
enum class Continues { kNo, kYes };
std::string MakeFrameOf(std::string_view parameters, Continues continues);

}  // namespace kamili::ipc
