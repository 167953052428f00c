#include "tests/simulator/schema_check.h"

#include <algorithm>
#include <map>
#include <regex>

namespace kamili::simulator {
namespace {

std::string CheckGoogleValue(const Json& types, const Json& type, const Json& value);

std::string CheckNamed(const Json& types, const std::string& type, const Json& value) {
    if (type == "any") return "";
    if (type == "boolean") return value.is_boolean() ? "" : ": not a boolean";
    if (type == "integer") return value.is_number_integer() ? "" : ": not an integer";
    if (type == "number") return value.is_number() ? "" : ": not a number";
    if (type == "string") return value.is_string() ? "" : ": not a string";
    if (type == "string:date-time")
        return value.is_string() && ParseRfc3339(value.get<std::string>()) ? "" : ": not a time";
    if (type == "string:date")
        return value.is_string() && value.get<std::string>().size() == 10 ? "" : ": not a date";
    return CheckGoogle(types, type, value);
}

std::string CheckGoogleValue(const Json& types, const Json& type, const Json& value) {
    if (type.is_string()) return CheckNamed(types, type.get<std::string>(), value);
    if (type.is_array()) {
        if (!value.is_array()) return ": not an array";
        for (const Json& element : value)
            if (auto wrong = CheckGoogleValue(types, type[0], element); !wrong.empty())
                return wrong;
        return "";
    }
    if (type.contains("enum")) {
        const auto& words = type["enum"];
        return std::find(words.begin(), words.end(), value) == words.end() ? ": not of the enum"
                                                                           : "";
    }
    if (!value.is_object()) return ": not an object";
    for (const auto& [name, member] : value.items()) {
        // "*": names that the caller chooses.
        const std::string key = type.contains("*") ? "*" : name;
        if (!type.contains(key)) return "/" + name + ": unknown";
        if (auto wrong = CheckGoogleValue(types, type[key], member); !wrong.empty())
            return "/" + name + wrong;
    }
    return "";
}

// Patterns are compiled once: there are few of them and many texts.
bool Fits(const std::string& text, const std::string& pattern) {
    static std::map<std::string, std::regex> compiled;
    auto found = compiled.find(pattern);
    if (found == compiled.end()) found = compiled.emplace(pattern, std::regex(pattern)).first;
    return std::regex_search(text, found->second);
}

const Json& Part(const Json& schema, const char* name) {
    static const Json none;
    const auto found = schema.find(name);
    return found == schema.end() ? none : *found;
}

bool IsOfType(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
}

std::string CheckType(const Json& schema, const Json& value) {
    if (!schema.contains("type")) return "";
    const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
    for (const Json& type : types)
        if (IsOfType(value, type.get<std::string>())) return "";
    return ": not of type " + schema["type"].dump();
}

std::string CheckText(const Json& schema, const Json& value) {
    if (!value.is_string()) return "";
    const auto text = value.get<std::string>();
    if (schema.contains("pattern") && !Fits(text, schema["pattern"].get<std::string>()))
        return ": does not fit " + schema["pattern"].dump();
    if (text.size() < schema.value("minLength", std::size_t{0})) return ": too short";
    return "";
}

std::string CheckMembers(const Json& root, const Json& schema, const Json& value) {
    if (!value.is_object()) return "";
    for (const Json& name : Part(schema, "required"))
        if (!value.contains(name.get<std::string>())) return ": misses " + name.dump();
    const Json& properties = Part(schema, "properties");
    const Json& patterns = Part(schema, "patternProperties");
    for (const auto& [name, member] : value.items()) {
        if (properties.is_object() && properties.contains(name)) {
            if (auto wrong = CheckSchema(root, properties[name], member); !wrong.empty())
                return "/" + name + wrong;
            continue;
        }
        bool known = schema.value("additionalProperties", true);
        for (const auto& [pattern, unused] : patterns.items()) known = known || Fits(name, pattern);
        if (!known) return "/" + name + ": unknown";
    }
    return "";
}

std::string CheckChoices(const Json& root, const Json& schema, const Json& value) {
    for (const Json& part : Part(schema, "allOf"))
        if (auto wrong = CheckSchema(root, part, value); !wrong.empty()) return wrong;
    for (const char* word : {"anyOf", "oneOf"}) {
        if (!schema.contains(word)) continue;
        int fits = 0;
        std::string wrongs;
        for (const Json& part : schema[word]) {
            const auto wrong = CheckSchema(root, part, value);
            fits += wrong.empty() ? 1 : 0;
            wrongs += " |" + wrong;
        }
        if (fits == 0 || (fits > 1 && std::string(word) == "oneOf")) return ": fits none:" + wrongs;
    }
    if (schema.contains("not") && CheckSchema(root, schema["not"], value).empty())
        return ": has what it must not have";
    return "";
}

}  // namespace

std::string CheckGoogle(const Json& types, const std::string& type, const Json& value) {
    if (!types.contains(type)) return ": unknown type " + type;
    return CheckGoogleValue(types, types[type], value);
}

std::string CheckSchema(const Json& root, const Json& schema, const Json& value) {
    if (schema.contains("$ref")) {
        const auto name = schema["$ref"].get<std::string>();
        return CheckSchema(root, root["$defs"][name.substr(name.rfind('/') + 1)], value);
    }
    if (auto wrong = CheckType(schema, value); !wrong.empty()) return wrong;
    if (schema.contains("const") && schema["const"] != value) return ": not the constant";
    if (schema.contains("enum")) {
        const auto& words = schema["enum"];
        if (std::find(words.begin(), words.end(), value) == words.end())
            return ": not of the enum: " + value.dump();
    }
    if (auto wrong = CheckText(schema, value); !wrong.empty()) return wrong;
    if (value.is_array() && schema.contains("items"))
        for (const Json& element : value)
            if (auto wrong = CheckSchema(root, schema["items"], element); !wrong.empty())
                return "[]" + wrong;
    if (auto wrong = CheckMembers(root, schema, value); !wrong.empty()) return wrong;
    return CheckChoices(root, schema, value);
}

}  // namespace kamili::simulator
