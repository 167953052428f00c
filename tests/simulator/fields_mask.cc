#include "tests/simulator/fields_mask.h"

#include <map>
#include <string_view>

namespace kamili::simulator {
namespace {

// What is kept of an object; no children means all of it.
struct Mask {
    std::map<std::string, Mask> children;
};

constexpr int kDepthMax = 20;

bool ParseList(std::string_view& text, Mask& mask, int depth);

bool ParseItem(std::string_view& text, Mask& mask, int depth) {
    const std::size_t end = text.find_first_of(",()/");
    const std::string name(text.substr(0, end));
    if (name.empty() || depth > kDepthMax) return false;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    Mask& child = mask.children[name];
    if (text.empty() || text.front() == ',' || text.front() == ')') return true;
    const bool slash = text.front() == '/';
    text.remove_prefix(1);
    if (slash) return ParseItem(text, child, depth + 1);
    if (!ParseList(text, child, depth + 1) || text.empty() || text.front() != ')') return false;
    text.remove_prefix(1);
    return true;
}

bool ParseList(std::string_view& text, Mask& mask, int depth) {
    while (ParseItem(text, mask, depth)) {
        if (text.empty() || text.front() != ',') return true;
        text.remove_prefix(1);
    }
    return false;
}

Json Keep(const Json& value, const Mask& mask) {
    if (mask.children.empty() || mask.children.count("*") != 0) return value;
    if (value.is_array()) {
        Json kept = Json::array();
        for (const Json& element : value) kept.push_back(Keep(element, mask));
        return kept;
    }
    if (!value.is_object()) return value;
    Json kept = Json::object();
    for (const auto& [name, child] : mask.children)
        if (value.contains(name)) kept[name] = Keep(value[name], child);
    return kept;
}

}  // namespace

std::optional<Json> ApplyFields(const Json& body, const std::string& mask) {
    Mask wanted;
    std::string_view rest = mask;
    if (!ParseList(rest, wanted, 0) || !rest.empty()) return std::nullopt;
    return Keep(body, wanted);
}

}  // namespace kamili::simulator
