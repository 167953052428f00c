#include <charconv>

#include "tests/simulator/graph_api.h"

namespace kamili::simulator {
namespace {

// "a=1, b=\"x, y\"" at the commas outside of quotes.
std::vector<std::string> SplitList(const std::string& text) {
    std::vector<std::string> parts(1);
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (c == ',' && !quoted)
            parts.emplace_back();
        else if (c != ' ' || quoted || !parts.back().empty())
            parts.back() += c;
    }
    return parts;
}

std::string Unquoted(const std::string& value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return "";
    return value.substr(1, value.size() - 2);
}

std::optional<SimReply> SetZone(GraphRequest& request, const std::string& value) {
    const std::string name = Unquoted(value);
    // Single quotes were answered with an HTML page.
    if (name.empty()) return HtmlReply(500, "<h2>Server Error</h2>");
    const std::string zone = IanaZone(name);
    if (zone.empty())
        return GraphError(request.call, 400, "TimeZoneNotSupportedException",
                          "A valid TimeZone value must be specified.");
    request.view.zone = zone;
    request.view.zone_name = name;
    request.preferences.push_back("outlook.timezone=" + value);
    return std::nullopt;
}

std::optional<SimReply> SetPreference(GraphRequest& request, const std::string& part) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (name == "outlook.timezone") return SetZone(request, value);
    if (name == "odata.maxpagesize") {
        int size = 0;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), size);
        if (read.ec == std::errc() && size > 0) {
            request.page_size = size;
            request.preferences.push_back("odata.maxpagesize=" + value);
        }
    } else if (name == "IdType" && Unquoted(value) == "ImmutableId") {
        request.view.ids = IdForm::kImmutable;
        request.preferences.push_back(part);
    } else if (name == "outlook.body-content-type" && Unquoted(value) == "text") {
        request.view.text_body = true;
        request.preferences.push_back(part);
    }
    return std::nullopt;
}

}  // namespace

std::optional<SimReply> ReadPreferences(GraphRequest& request) {
    for (const std::string& part : SplitList(request.call.request.Header("Prefer")))
        if (auto refused = SetPreference(request, part)) return refused;
    return std::nullopt;
}

std::optional<Span> ReadWindow(const Query& query) {
    const auto read = [&query](const char* name) {
        std::string text = query.Get(name);
        if (text.size() == 10) text += "T00:00:00";
        // Without an offset UTC is meant.
        const bool zoned = text.size() > 19 && (text.back() == 'Z' || text[text.size() - 3] == ':');
        return ParseRfc3339(zoned ? text : text + "Z");
    };
    const auto from = read("startDateTime");
    const auto to = read("endDateTime");
    if (!from || !to || *from >= *to) return std::nullopt;
    return Span{*from, *to, "UTC"};
}

std::string GraphRoot(const State& state) { return state.base_url + "/microsoft/graph/v1.0"; }

}  // namespace kamili::simulator
