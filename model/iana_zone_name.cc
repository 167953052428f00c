#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <array>

#include "model/zone.h"

namespace kamili::model {
namespace {

struct Renamed {
    std::string_view old_name;
    std::string_view name;
};

// Names that CLDR keeps for stability and that newer zone files have only as links in a package of
// their own (tzdata-legacy).
constexpr std::array kRenamed = {Renamed{"America/Buenos_Aires", "America/Argentina/Buenos_Aires"},
                                 Renamed{"America/Catamarca", "America/Argentina/Catamarca"},
                                 Renamed{"America/Cordoba", "America/Argentina/Cordoba"},
                                 Renamed{"America/Godthab", "America/Nuuk"},
                                 Renamed{"America/Indianapolis", "America/Indiana/Indianapolis"},
                                 Renamed{"America/Jujuy", "America/Argentina/Jujuy"},
                                 Renamed{"America/Louisville", "America/Kentucky/Louisville"},
                                 Renamed{"America/Mendoza", "America/Argentina/Mendoza"},
                                 Renamed{"Asia/Calcutta", "Asia/Kolkata"},
                                 Renamed{"Asia/Katmandu", "Asia/Kathmandu"},
                                 Renamed{"Asia/Rangoon", "Asia/Yangon"},
                                 Renamed{"Asia/Saigon", "Asia/Ho_Chi_Minh"},
                                 Renamed{"Atlantic/Faeroe", "Atlantic/Faroe"},
                                 Renamed{"Europe/Kiev", "Europe/Kyiv"},
                                 Renamed{"Pacific/Enderbury", "Pacific/Kanton"},
                                 Renamed{"Pacific/Ponape", "Pacific/Pohnpei"},
                                 Renamed{"Pacific/Truk", "Pacific/Chuuk"}};

std::string Today(const std::string& name) {
    for (const Renamed& renamed : kRenamed)
        if (renamed.old_name == name && Zone::Load(renamed.name)) return std::string(renamed.name);
    return name;
}

std::string FromWindows(std::string_view name) {
    icu::UnicodeString id;
    UErrorCode code = U_ZERO_ERROR;
    icu::TimeZone::getIDForWindowsID(
        icu::UnicodeString::fromUTF8({name.data(), static_cast<int32_t>(name.size())}), nullptr, id,
        code);
    std::string found;
    // An unknown name is a success with an empty answer.
    if (U_SUCCESS(code)) id.toUTF8String(found);
    return found;
}

}  // namespace

std::optional<std::string> IanaZoneName(std::string_view name) {
    if (name.empty()) return std::nullopt;
    if (name == "UTC" || name == "Etc/UTC" || name == "GMT" || name == "Z") return "UTC";
    const std::string windows = FromWindows(name);
    const std::string wanted = Today(windows.empty() ? std::string(name) : windows);
    // "Etc/UTC" and the like from CLDR.
    if (wanted == "Etc/UTC" || wanted == "Etc/GMT") return "UTC";
    if (name.front() == '+' || name.front() == '-' || !Zone::Load(wanted)) return std::nullopt;
    return wanted;
}

}  // namespace kamili::model
