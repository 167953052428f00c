#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace kamili {

enum class LogLevel { kError, kWarn, kInfo, kDebug };

std::optional<LogLevel> LogLevelFromText(std::string_view text);

// One name and value of a log line. Values are ids, counts, durations and kinds: never a title, an
// address, a token or a path that a provider sent.
struct LogField {
    LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
    LogField(std::string_view field_name, const char* text) : name(field_name), value(text) {}
    LogField(std::string_view field_name, const std::string& text)
        : name(field_name), value(text) {}
    template <typename T>
    requires std::is_integral_v<T> LogField(std::string_view field_name, T number)
        : name(field_name), value(std::to_string(number)) {}

    std::string_view name;
    std::string value;
};

// Where log lines go. Any thread. Only the edge logs: libraries return.
class Log {
  public:
    using Fields = std::initializer_list<LogField>;

    virtual ~Log() = default;
    virtual void Write(LogLevel level, std::string_view message, Fields fields) = 0;

    void Error(std::string_view message, Fields fields = {}) {
        Write(LogLevel::kError, message, fields);
    }
    void Warn(std::string_view message, Fields fields = {}) {
        Write(LogLevel::kWarn, message, fields);
    }
    void Info(std::string_view message, Fields fields = {}) {
        Write(LogLevel::kInfo, message, fields);
    }
    void Debug(std::string_view message, Fields fields = {}) {
        Write(LogLevel::kDebug, message, fields);
    }
};

}  // namespace kamili
