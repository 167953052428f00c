#include "base/log.h"

namespace kamili {

std::optional<LogLevel> LogLevelFromText(std::string_view text) {
    if (text == "error") return LogLevel::kError;
    if (text == "warn") return LogLevel::kWarn;
    if (text == "info") return LogLevel::kInfo;
    if (text == "debug") return LogLevel::kDebug;
    return std::nullopt;
}

}  // namespace kamili
