// The next event as one line of JSON for Waybar and other panels. The panel decides how often:
//     "custom/calendar": {"exec": "kamili-panel", "interval": 60, "return-type": "json"}

// To compile it:
// c++ panel.cc $(pkg-config --cflags --libs kamili-client nlohmann_json) -o kamili-panel

#include <kamili_client.h>

#include <cstdio>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

using nlohmann::json;

// "2026-01-15T10:00:00+01:00" or "...Z".
std::time_t ReadTime(const std::string& text) {
    std::tm wall{};
    const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &wall);
    int hours = 0, minutes = 0;
    char sign = '+';
    if (rest && *rest != 'Z') std::sscanf(rest, "%c%d:%d", &sign, &hours, &minutes);
    return timegm(&wall) - (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

std::string Format(std::time_t time, const char* form, bool local) {
    std::tm wall{};
    local ? localtime_r(&time, &wall) : gmtime_r(&time, &wall);
    char text[64];
    return {text, std::strftime(text, sizeof text, form, &wall)};
}

// The rows come in order, all-day events among them; the first one that is still to begin is
// wanted.
int FindNext(void* context, const char* part, int) {
    json& next = *static_cast<json*>(context);
    const json answer = json::parse(part);
    for (const json& row : answer.at("occurrences")) {
        const bool counts = !row.at("all_day").get<bool>() && row.at("status") != "cancelled";
        if (next.is_null() && counts && ReadTime(row.at("start")) > std::time(nullptr)) next = row;
    }
    return next.is_null();
}

int main() {
    const std::time_t now = std::time(nullptr);
    const json range = {{"from", Format(now, "%Y-%m-%dT%H:%M:%SZ", false)},
                        {"to", Format(now + 7 * 86400, "%Y-%m-%dT%H:%M:%SZ", false)}};
    json next;
    kamili_client* client = kamili_client_new(nullptr);
    if (client == nullptr) return 1;
    json line = {{"text", ""}, {"tooltip", "Nothing in the next 7 days"}, {"class", "none"}};
    if (kamili_client_stream(client, "ListOccurrences", range.dump().c_str(), FindNext, &next) !=
        0) {
        line = {{"text", "!"}, {"tooltip", kamili_client_error(client)}, {"class", "error"}};
    } else if (!next.is_null()) {
        const std::time_t start = ReadTime(next.at("start"));
        const std::string title = next.at("title");
        line = {{"text", Format(start, "%H:%M", true) + " " + title},
                {"tooltip", Format(start, "%A %H:%M", true) + " " + title + " " +
                                next.at("location").get<std::string>()},
                {"class", start - now <= 1800 ? "soon" : "later"}};
    }
    std::cout << line.dump() << std::endl;
    kamili_client_free(client);
}
