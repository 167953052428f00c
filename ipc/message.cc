#include "ipc/message.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/encoding.h"

namespace kamili::ipc {
namespace {

using nlohmann::json;

Error Malformed(const char* rule) { return {.kind = ErrorKind::kInvalidArgument, .message = rule}; }

// How deep the brackets outside of texts go. Counted before parsing, so that depth costs nothing.
std::size_t Nesting(std::string_view text) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_text) {
            if (c == '\\') ++i;
            in_text = c != '"';
            continue;
        }
        in_text = c == '"';
        if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
        if ((c == '}' || c == ']') && depth > 0) --depth;
    }
    return deepest;
}

// Watches the parser for what JSON allows and we do not.
class Strictness {
  public:
    bool OnEvent(json::parse_event_t event, const json& parsed) {
        switch (event) {
            case json::parse_event_t::object_start:
                keys_.emplace_back();
                break;
            case json::parse_event_t::object_end:
                keys_.pop_back();
                break;
            case json::parse_event_t::key:
                NoteText(parsed);
                if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second)
                    broken_ = "a key stands twice in one object";
                break;
            case json::parse_event_t::value:
                if (parsed.is_string()) NoteText(parsed);
                break;
            case json::parse_event_t::array_start:
            case json::parse_event_t::array_end:
                break;
        }
        return true;
    }
    const char* broken() const { return broken_; }

  private:
    void NoteText(const json& text) {
        if (text.get_ref<const std::string&>().find('\0') != std::string::npos)
            broken_ = "a text holds a NUL character";
    }

    std::vector<std::set<std::string>> keys_;  // of each object that is open
    const char* broken_ = nullptr;
};

// False if it is there and not a boolean.
bool ReadFlag(const json& message, const char* name, bool& flag) {
    const auto found = message.find(name);
    if (found == message.end()) return true;
    if (found->is_boolean()) flag = found->get<bool>();
    return found->is_boolean();
}

bool HasOtherKeys(const json& message) {
    static const std::set<std::string> known = {"method", "parameters", "more", "oneway",
                                                "upgrade"};
    return std::any_of(message.items().begin(), message.items().end(),
                       [](const auto& item) { return !known.contains(item.key()); });
}

}  // namespace

Result<json> ParseObject(std::string_view frame, std::size_t nesting_max) {
    if (!IsUtf8(frame)) return Malformed("not UTF-8");
    if (Nesting(frame) > nesting_max) return Malformed("nested too deep");
    Strictness strictness;
    json parsed = json::parse(
        frame,
        [&](int, json::parse_event_t event, json& part) { return strictness.OnEvent(event, part); },
        /*allow_exceptions=*/false);
    if (parsed.is_discarded()) return Malformed("not JSON");
    if (strictness.broken()) return Malformed(strictness.broken());
    if (!parsed.is_object()) return Malformed("not an object");
    return parsed;
}

Result<CallMessage> CallMessage::Parse(std::string_view frame, std::size_t nesting_max) {
    auto message = ParseObject(frame, nesting_max);
    if (!message) return std::move(message).error();
    if (HasOtherKeys(*message)) return Malformed("an unknown key beside the method");

    CallMessage call;
    const auto method = message->find("method");
    if (method == message->end() || !method->is_string()) return Malformed("no method");
    call.method = method->get<std::string>();
    json parameters = message->value("parameters", json());
    if (parameters.is_null()) parameters = json::object();
    if (!parameters.is_object()) return Malformed("the parameters are not an object");
    call.parameters = std::make_shared<const json>(std::move(parameters));
    if (!ReadFlag(*message, "more", call.more) || !ReadFlag(*message, "oneway", call.oneway) ||
        !ReadFlag(*message, "upgrade", call.upgrade))
        return Malformed("a flag is not a boolean");
    if (call.more && call.oneway) return Malformed("more and oneway exclude each other");
    return call;
}

std::string MakeFrame(const json& message) {
    std::string frame = message.dump(-1, ' ', false, json::error_handler_t::replace);
    frame += '\0';
    return frame;
}

std::string MakeFrameOf(std::string_view parameters, Continues continues) {
    constexpr std::string_view kBegin = "{\"parameters\":";
    constexpr std::string_view kMore = ",\"continues\":true";
    std::string frame;
    frame.reserve(kBegin.size() + parameters.size() + kMore.size() + 2);
    frame += kBegin;
    frame += parameters;
    if (continues == Continues::kYes) frame += kMore;
    frame += '}';
    frame += '\0';
    return frame;
}

}  // namespace kamili::ipc
