#include "sync/json_body.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace kamili::sync {
namespace {

using nlohmann::json;

constexpr int kNestingMax = 64;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::size_t kCodeLengthMax = 64;

// How deep brackets nest outside of strings; whatever depth a value has costs stack elsewhere.
bool IsTooDeep(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kNestingMax) return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

std::size_t SequenceLength(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    if (first >= 0xf0 && first <= 0xf4) return 4;
    return 0;
}

std::string RepairUtf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = SequenceLength(static_cast<unsigned char>(text[i]));
        const std::string_view piece = text.substr(i, length);
        if (length > 0 && piece.size() == length && IsUtf8(piece)) {
            out += piece;
            i += length;
        } else {
            out += kReplacement;
            ++i;
        }
    }
    return out;
}

int HexAt(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return -1;
    int value = 0;
    for (const char c : text.substr(at, 4)) {
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

// Escapes that name half a character become U+FFFD, which JSON parsers accept.
std::string RepairEscapes(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
        if (out[i] != '\\') continue;
        const int unit = out[i + 1] == 'u' ? HexAt(out, i + 2) : -1;
        const bool high = unit >= 0xd800 && unit <= 0xdbff;
        const bool low = unit >= 0xdc00 && unit <= 0xdfff;
        const int next = high && out.compare(i + 6, 2, "\\u") == 0 ? HexAt(out, i + 8) : -1;
        if (high && next >= 0xdc00 && next <= 0xdfff)
            i += 11;
        else if (high || low)
            out.replace(i + 2, 4, "fffd");
        else
            ++i;
    }
    return out;
}

bool IsNumberPart(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// One number as it stands, or "0" if no double holds it: the parser gives the whole text up.
std::string_view RepairNumber(std::string_view number) {
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    return read.ec == std::errc::result_out_of_range ? std::string_view("0") : number;
}

std::string RepairNumbers(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool in_string = false;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        std::size_t length = 1;
        if (in_string && c == '\\') {
            length = 2;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
            while (i + length < text.size() && IsNumberPart(text[i + length])) ++length;
            out += RepairNumber(text.substr(i, length));
            i += length;
            continue;
        }
        out += text.substr(i, length);
        i += length;
    }
    return out;
}

// Takes what stands in the list directly below the root out of the tree as it grows.
class ItemTaker {
  public:
    explicit ItemTaker(const ItemSink& sink) : sink_(sink) {}
    bool operator()(int depth, json::parse_event_t event, json& value) {
        using Event = json::parse_event_t;
        if (event == Event::key && depth == 1) in_list_ = value == sink_.list;
        const bool is_item =
            in_list_ && depth == kItemDepth &&
            (event == Event::object_end || event == Event::array_end || event == Event::value);
        if (!is_item) return true;
        sink_.on_item(value);
        return false;
    }

  private:
    static constexpr int kItemDepth = 2;
    const ItemSink& sink_;
    bool in_list_ = false;
};

Error NotJson() {
    return {.kind = ErrorKind::kBadReply, .message = "the answer is not the JSON it should be"};
}

// `parse` makes a tree of a text, or a discarded value.
template <typename MakeTree>
Result<json> Parse(std::string_view body, const MakeTree& parse) {
    if (body.empty() || IsTooDeep(body)) return NotJson();
    json parsed = parse(body);
    if (parsed.is_discarded()) parsed = parse(RepairNumbers(RepairEscapes(RepairUtf8(body))));
    if (!parsed.is_object()) return NotJson();
    return parsed;
}

}  // namespace

Result<json> ParseJsonBody(const net::Response& response) {
    return Parse(response.body.Reveal(),
                 [](std::string_view text) { return json::parse(text, nullptr, false); });
}

Result<json> ParseJsonBody(const net::Response& response, const ItemSink& sink) {
    return Parse(response.body.Reveal(), [&](std::string_view text) {
        sink.on_begin();
        return json::parse(text, ItemTaker(sink), /*allow_exceptions=*/false);
    });
}

std::string CleanText(std::string_view text) {
    std::string out = IsUtf8(text) ? std::string(text) : RepairUtf8(text);
    std::erase(out, '\0');
    return out;
}

std::string TextOf(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return "";
    return CleanText(found->get_ref<const std::string&>());
}

bool FlagOf(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::int64_t NumberOf(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_integer()) return 0;
    return found->get<std::int64_t>();
}

const json& ObjectOf(const json& object, const char* name) {
    static const json kEmpty = json::object();
    const auto found = object.find(name);
    return found != object.end() && found->is_object() ? *found : kEmpty;
}

const json& ArrayOf(const json& object, const char* name) {
    static const json kEmpty = json::array();
    const auto found = object.find(name);
    return found != object.end() && found->is_array() ? *found : kEmpty;
}

bool HasArray(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_array();
}

std::string CodeText(std::string_view code) {
    std::string out;
    for (const char c : code.substr(0, kCodeLengthMax))
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '_' || c == '-' || c == '.')
            out += c;
    return out;
}

}  // namespace kamili::sync
