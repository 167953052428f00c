#include "ctl/span.h"

#include <fmt/format.h>

namespace kamili::ctl {

using std::chrono::minutes;
using std::chrono::seconds;

std::string Span(std::chrono::milliseconds length) {
    const auto whole = std::chrono::floor<seconds>(length).count();
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 2 * 3600) return fmt::format("{} min", whole / 60);
    if (whole < 48 * 3600) return fmt::format("{} h", whole / 3600);
    return fmt::format("{} days", whole / 86400);
}

std::string ExactSpan(std::chrono::milliseconds length) {
    const auto whole = std::chrono::floor<minutes>(length).count();
    std::string text;
    const auto add = [&text](auto number, const char* unit) {
        if (number != 0) text += fmt::format("{}{} {}", text.empty() ? "" : " ", number, unit);
    };
    add(whole / 1440, whole / 1440 == 1 ? "day" : "days");
    add(whole / 60 % 24, "h");
    add(whole % 60, "min");
    return text.empty() ? "0 min" : text;
}

std::string Ago(UtcTime then, UtcTime now) {
    if (now - then < seconds(5)) return "just now";
    return Span(now - then) + " ago";
}

std::string Until(UtcTime then, UtcTime now) {
    if (then <= now) return "now";
    return "in " + Span(std::chrono::ceil<minutes>(then - now));
}

}  // namespace kamili::ctl
