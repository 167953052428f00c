#include "daemon/json_text.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "model/event_time.h"

namespace kamili::daemon {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void AppendEscaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\t':
            out += "\\t";
            return;
        case '\r':
            out += "\\r";
            return;
        default:
            out += "\\u00";
            out += kHex[(static_cast<unsigned char>(c) >> 4) & 15u];
            out += kHex[static_cast<unsigned char>(c) & 15u];
    }
}

// Two digits at `to`; where the next ones go.
char* PutTwo(char* to, unsigned value) {
    *to++ = static_cast<char>('0' + value / 10);
    *to++ = static_cast<char>('0' + value % 10);
    return to;
}

// "2026-01-15" at `to`, or nothing for a year that has not four digits.
char* PutDate(char* to, std::int64_t day) {
    const std::chrono::year_month_day parts(std::chrono::local_days{std::chrono::days(day)});
    const int year = static_cast<int>(parts.year());
    if (year < 0 || year > 9999) return nullptr;
    to = PutTwo(to, static_cast<unsigned>(year) / 100);
    to = PutTwo(to, static_cast<unsigned>(year) % 100);
    *to++ = '-';
    to = PutTwo(to, static_cast<unsigned>(parts.month()));
    *to++ = '-';
    return PutTwo(to, static_cast<unsigned>(parts.day()));
}

}  // namespace

void AppendJson(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        AppendEscaped(out, text[i]);
        plain = i + 1;
    }
    out.append(text, plain);
    out += '"';
}

void AppendNumber(std::string& out, std::int64_t value, int digits) {
    const fmt::format_int text(value);
    for (auto size = static_cast<int>(text.size()); size < digits; ++size) out += '0';
    out.append(text.data(), text.size());
}

void AppendDate(std::string& out, std::int64_t day) {
    std::array<char, 16> text;
    if (char* const end = PutDate(text.data(), day))
        out.append(text.data(), end);
    else
        out += model::FormatDate(std::chrono::local_days{std::chrono::days(day)});
}

void AppendTime(std::string& out, std::int64_t utc_ms, std::int64_t offset_s, Offset offset) {
    using std::chrono::seconds;
    const auto utc = std::chrono::floor<seconds>(std::chrono::milliseconds(utc_ms));
    const seconds wall = utc + seconds(offset_s);
    const auto day = std::chrono::floor<std::chrono::days>(wall);
    const auto clock = static_cast<unsigned>((wall - day).count());
    out += '"';
    AppendDate(out, day.count());
    std::array<char, 16> text;
    char* to = text.data();
    *to++ = 'T';
    to = PutTwo(to, clock / 3600);
    *to++ = ':';
    to = PutTwo(to, clock / 60 % 60);
    *to++ = ':';
    to = PutTwo(to, clock % 60);
    if (offset == Offset::kZulu) {
        *to++ = 'Z';
    } else {
        const auto minutes = static_cast<unsigned>((offset_s < 0 ? -offset_s : offset_s) / 60);
        *to++ = offset_s <= -60 ? '-' : '+';
        to = PutTwo(to, minutes / 60);
        *to++ = ':';
        to = PutTwo(to, minutes % 60);
    }
    *to++ = '"';
    out.append(text.data(), to);
}

void WrittenRows::Append(const WrittenRows& other) {
    const std::size_t before = text.size();
    text += other.text;
    for (const std::size_t end : other.ends) ends.push_back(before + end);
}

void WrittenRows::AppendList(std::string& out, std::size_t first, std::size_t last) const {
    const auto begin_of = [&](std::size_t row) { return row == 0 ? 0 : ends[row - 1]; };
    for (std::size_t row = first; row < last; ++row) {
        if (row > first) out += ',';
        out.append(text, begin_of(row), ends[row] - begin_of(row));
    }
}

}  // namespace kamili::daemon
