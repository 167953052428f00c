#include "net/retry_after.h"

#include <algorithm>
#include <array>
#include <span>

namespace kamili::net {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view Trim(std::string_view text) {
    constexpr std::string_view kBlank = " \t";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Reads from the front; once something does not fit, `ok` is false for good.
struct Scanner {
    std::string_view rest;
    bool ok = true;

    void Skip(std::string_view literal) {
        ok = ok && rest.starts_with(literal);
        if (ok) rest.remove_prefix(literal.size());
    }
    // Exactly `digits` of them.
    int Number(std::size_t digits) {
        ok = ok && rest.size() >= digits &&
             std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(digits), IsDigit);
        int number = 0;
        if (!ok) return number;
        for (const char c : rest.substr(0, digits)) number = number * 10 + (c - '0');
        rest.remove_prefix(digits);
        return number;
    }
    // Which of `words` stands here, counted from 1.
    unsigned Word(std::span<const std::string_view> words) {
        for (std::size_t i = 0; ok && i < words.size(); ++i)
            if (rest.starts_with(words[i])) {
                rest.remove_prefix(words[i].size());
                return static_cast<unsigned>(i) + 1;
            }
        ok = false;
        return 0;
    }
};

struct DateParts {
    int year = 0;
    unsigned month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void ReadTime(Scanner& scanner, DateParts& parts) {
    parts.hour = scanner.Number(2);
    scanner.Skip(":");
    parts.minute = scanner.Number(2);
    scanner.Skip(":");
    parts.second = scanner.Number(2);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
DateParts ReadImf(Scanner& scanner) {
    DateParts parts;
    scanner.Word(kDays);
    scanner.Skip(", ");
    parts.day = scanner.Number(2);
    scanner.Skip(" ");
    parts.month = scanner.Word(kMonths);
    scanner.Skip(" ");
    parts.year = scanner.Number(4);
    scanner.Skip(" ");
    ReadTime(scanner, parts);
    scanner.Skip(" GMT");
    return parts;
}

// "Sunday, 06-Nov-94 08:49:37 GMT". A year that seems more than 50 years ahead is the last one in
// the past with the same two digits (RFC 9110, section 5.6.7).
DateParts ReadRfc850(Scanner& scanner, UtcTime now) {
    DateParts parts;
    scanner.Word(kLongDays);
    scanner.Skip(", ");
    parts.day = scanner.Number(2);
    scanner.Skip("-");
    parts.month = scanner.Word(kMonths);
    scanner.Skip("-");
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    const int this_year = static_cast<int>(today.year());
    parts.year = this_year / 100 * 100 + scanner.Number(2);
    if (parts.year > this_year + 50) parts.year -= 100;
    if (parts.year <= this_year - 50) parts.year += 100;
    scanner.Skip(" ");
    ReadTime(scanner, parts);
    scanner.Skip(" GMT");
    return parts;
}

// "Sun Nov  6 08:49:37 1994"
DateParts ReadAsctime(Scanner& scanner) {
    DateParts parts;
    scanner.Word(kDays);
    scanner.Skip(" ");
    parts.month = scanner.Word(kMonths);
    scanner.Skip(" ");
    const bool padded = scanner.ok && scanner.rest.starts_with(' ');
    if (padded) scanner.Skip(" ");
    parts.day = scanner.Number(padded ? 1 : 2);
    scanner.Skip(" ");
    ReadTime(scanner, parts);
    scanner.Skip(" ");
    parts.year = scanner.Number(4);
    return parts;
}

std::optional<UtcTime> MakeTime(const Scanner& scanner, const DateParts& parts) {
    const std::chrono::year_month_day date(std::chrono::year(parts.year),
                                           std::chrono::month(parts.month),
                                           std::chrono::day(static_cast<unsigned>(parts.day)));
    // Second 60 is a leap second.
    const bool possible = scanner.ok && scanner.rest.empty() && date.ok() && parts.hour < 24 &&
                          parts.minute < 60 && parts.second <= 60;
    if (!possible) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(parts.hour) +
           std::chrono::minutes(parts.minute) + std::chrono::seconds(parts.second);
}

std::optional<UtcTime> ParseHttpDate(std::string_view text, UtcTime now) {
    Scanner scanner{text};
    if (text.size() > 3 && text[3] == ',') return MakeTime(scanner, ReadImf(scanner));
    if (text.find(',') != std::string_view::npos)
        return MakeTime(scanner, ReadRfc850(scanner, now));
    return MakeTime(scanner, ReadAsctime(scanner));
}

// "120", "1.5". Rounded up to a millisecond: asking too early is what it wants to prevent.
std::optional<milliseconds> ParseSeconds(std::string_view text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    const bool digits = std::all_of(whole.begin(), whole.end(), IsDigit) &&
                        std::all_of(fraction.begin(), fraction.end(), IsDigit);
    if (!digits || whole.empty() || (point < text.size() && fraction.empty())) return std::nullopt;

    milliseconds wait{0};
    for (const char c : whole)
        wait = std::min<milliseconds>(wait * 10 + std::chrono::seconds(c - '0'), kRetryAfterMax);
    int place = 100;
    bool more = false;
    for (const char c : fraction) {
        wait += milliseconds((c - '0') * place);
        more = more || (place == 0 && c != '0');
        place /= 10;
    }
    return wait + milliseconds(more ? 1 : 0);
}

}  // namespace

std::optional<milliseconds> ParseRetryAfter(std::string_view value, UtcTime now) {
    const std::string_view text = Trim(value);
    if (text.empty()) return std::nullopt;
    std::optional<milliseconds> wait;
    if (IsDigit(text[0])) {
        wait = ParseSeconds(text);
    } else if (const auto date = ParseHttpDate(text, now)) {
        wait = *date - now;
    }
    if (!wait) return std::nullopt;
    return std::clamp<milliseconds>(*wait, milliseconds(0), kRetryAfterMax);
}

std::optional<milliseconds> RetryAfter(const Response& response, UtcTime now) {
    const auto value = response.FindHeader("Retry-After");
    if (!value) return std::nullopt;
    return ParseRetryAfter(*value, now);
}

}  // namespace kamili::net
