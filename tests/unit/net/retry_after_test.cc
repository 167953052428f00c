#include "net/retry_after.h"

#include <doctest/doctest.h>

namespace kamili::net {
namespace {

using namespace std::chrono_literals;

// 1994-11-06 08:49:07 UTC: half a minute before the date that RFC 9110 uses as its example.
constexpr UtcTime kNow = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 7s;

TEST_CASE("Retry-After in seconds, whole or decimal") {
    CHECK(ParseRetryAfter("120", kNow) == 120s);
    CHECK(ParseRetryAfter(" 0\t", kNow) == 0s);
    CHECK(ParseRetryAfter("1.5", kNow) == 1500ms);
    CHECK(ParseRetryAfter("0.0001", kNow) == 1ms);
    CHECK(ParseRetryAfter("2.1230", kNow) == 2123ms);
}

TEST_CASE("Retry-After as a date in each of the three forms") {
    CHECK(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", kNow) == 30s);
    CHECK(ParseRetryAfter("Sunday, 06-Nov-94 08:49:37 GMT", kNow) == 30s);
    CHECK(ParseRetryAfter("Sun Nov  6 08:49:37 1994", kNow) == 30s);
    CHECK(ParseRetryAfter("Wed Nov 16 08:49:07 1994", kNow) == kRetryAfterMax);
}

TEST_CASE("a two-digit year is the one near now") {
    const UtcTime in_2099 = std::chrono::sys_days(std::chrono::year(2099) / 12 / 31) + 23h + 59min;
    CHECK(ParseRetryAfter("Friday, 01-Jan-00 00:00:00 GMT", in_2099) == 1min);
    const UtcTime in_2026 = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    CHECK(ParseRetryAfter("Friday, 01-Jan-99 00:00:00 GMT", in_2026) == 0s);
}

TEST_CASE("a date in the past is now, and a huge wait is cut") {
    CHECK(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", kNow) == 0s);
    CHECK(ParseRetryAfter("Sun, 06 Nov 2094 08:00:00 GMT", kNow) == kRetryAfterMax);
    CHECK(ParseRetryAfter("86401", kNow) == kRetryAfterMax);
    CHECK(ParseRetryAfter("99999999999999999999999999.9", kNow) == kRetryAfterMax);
}

TEST_CASE("what is neither form is nothing") {
    for (const char* text : {"",
                             " ",
                             "-1",
                             "+1",
                             "1.",
                             ".5",
                             "1e3",
                             "1,5",
                             "0x10",
                             "1 2",
                             "soon",
                             "Sun",
                             "Sun, ",
                             "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 31 Feb 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:00:00 GMT",
                             "Sun, 06 nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 GMT+1",
                             "Xxx Nov  6 08:49:37 1994",
                             "Sun, 06 Nov 1994 8:49:37 GMT"})
        CHECK_MESSAGE(!ParseRetryAfter(text, kNow), text);
}

TEST_CASE("the header of a response is found whatever its case") {
    Response response;
    CHECK_FALSE(RetryAfter(response, kNow));
    response.headers = {{"x", "1"}, {"retry-after", "7"}, {"Retry-After", "9"}};
    CHECK(RetryAfter(response, kNow) == 7s);
}

TEST_CASE("a request copies whole") {
    Request request;
    request.method = Method::kPatch;
    request.url = "https://h/";
    request.headers = {{"a", "b"}};
    request.bearer = Secret(std::string_view("token"));
    request.body = Secret(std::string_view("{}"));
    request.content_type = "application/json";
    request.limits.body_bytes_max = 5;
    const Request copy = request.Copy();
    CHECK(Text(copy.method) == "PATCH");
    CHECK(copy.url == request.url);
    CHECK(copy.headers == request.headers);
    CHECK(copy.bearer == request.bearer);
    CHECK(copy.body == request.body);
    CHECK(copy.content_type == request.content_type);
    CHECK(copy.limits.body_bytes_max == 5);
}

}  // namespace
}  // namespace kamili::net
