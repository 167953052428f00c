#include "ctl/zone_name.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace kamili::ctl {
namespace {

bool IsNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
}

// What stands behind ".../zoneinfo/" in a path, or the text itself.
std::string NameInPath(std::string text) {
    constexpr std::string_view kMark = "zoneinfo/";
    const auto found = text.rfind(kMark);
    return found == std::string::npos ? text : text.substr(found + kMark.size());
}

}  // namespace

bool IsZoneName(std::string_view name, const ZoneSources& sources) {
    if (name == "UTC") return true;
    if (name.empty() || name.front() == '/' ||
        !std::all_of(name.begin(), name.end(), IsNameCharacter))
        return false;
    std::error_code ignored;
    return std::filesystem::is_regular_file(sources.zone_folder + "/" + std::string(name), ignored);
}

std::string OwnZoneName(const client::Environment& environment, const ZoneSources& sources) {
    if (auto text = environment("TZ")) {
        if (text->starts_with(':')) text->erase(0, 1);
        std::string name = NameInPath(*std::move(text));
        if (IsZoneName(name, sources)) return name;
    }
    std::error_code error;
    const auto link = std::filesystem::read_symlink(sources.localtime_link, error);
    if (!error) {
        std::string name = NameInPath(link.string());
        if (IsZoneName(name, sources)) return name;
    }
    std::ifstream file(sources.timezone_file);
    std::string name;
    if (file >> name && IsZoneName(name, sources)) return name;
    return "UTC";
}

}  // namespace kamili::ctl
