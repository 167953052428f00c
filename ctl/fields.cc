#include "ctl/fields.h"

#include <nlohmann/json.hpp>

namespace kamili::ctl {
namespace {

using nlohmann::json;

const json* Find(const json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

}  // namespace

std::string TextField(const json& object, const char* name) {
    const json* field = Find(object, name);
    return field != nullptr && field->is_string() ? field->get<std::string>() : std::string();
}

std::int64_t NumberField(const json& object, const char* name) {
    const json* field = Find(object, name);
    return field != nullptr && field->is_number() ? field->get<std::int64_t>() : 0;
}

bool FlagField(const json& object, const char* name) {
    const json* field = Find(object, name);
    return field != nullptr && field->is_boolean() && field->get<bool>();
}

std::optional<UtcTime> TimeField(const json& object, const char* name) {
    return ParseRfc3339(TextField(object, name));
}

const json& ListField(const json& object, const char* name) {
    static const json kNone = json::array();
    const json* field = Find(object, name);
    return field != nullptr && field->is_array() ? *field : kNone;
}

const json& ObjectField(const json& object, const char* name) {
    static const json kNone = json::object();
    const json* field = Find(object, name);
    return field != nullptr && field->is_object() ? *field : kNone;
}

}  // namespace kamili::ctl
