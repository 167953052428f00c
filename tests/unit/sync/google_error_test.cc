// Aim: what Google refuses is understood by status and reason, never by its text. Method: a table
// of replies in tests/golden/google/errors.json, one row each.

#include "tests/unit/sync/google_fixture.h"

using namespace kamili;
using namespace kamili::sync;
using namespace kamili::sync::testing;

namespace {

net::Response ReplyOf(const json& row) {
    const std::string reason = row.value("reason", "");
    json error = {{"code", row.at("status")},
                  {"message", "words that nothing may depend on"},
                  {"errors", {{{"reason", reason}, {"domain", row.value("domain", "global")}}}}};
    if (row.contains("detail"))
        error["details"] = {
            {{"@type", "type.googleapis.com/google.rpc.ErrorInfo"}, {"reason", row.at("detail")}}};
    net::Response response = Reply(
        row.contains("text") ? row.at("text").get<std::string>() : json{{"error", error}}.dump(),
        row.at("status").get<int>());
    const json headers = row.value("headers", json::object());
    for (const auto& [name, value] : headers.items())
        response.headers.push_back({name, value.get<std::string>()});
    return response;
}

}  // namespace

TEST_CASE("each of Google's refusals has one reaction") {
    const GoogleCodec google;
    for (const json& row : Golden("google/errors.json")) {
        INFO(row.at("name").get<std::string>());
        const net::Response response = ReplyOf(row);
        const auto events = google.Parse(response);
        const auto list = google.provider->ParseCalendars(google.account, response, kNow);
        const auto identity = google.provider->ParseIdentity(response, kNow);
        REQUIRE_FALSE(events.has_value());
        CHECK(events.error().kind == KindNamed(row.at("kind").get<std::string>()));
        REQUIRE_FALSE(list.has_value());
        CHECK(list.error() == events.error());
        REQUIRE_FALSE(identity.has_value());
        CHECK(identity.error() == events.error());
        if (row.contains("retry_after_ms"))
            CHECK(events.error().retry_after ==
                  std::chrono::milliseconds(row.at("retry_after_ms").get<int>()));
        else
            CHECK_FALSE(events.error().retry_after.has_value());
    }
}

TEST_CASE("a refusal's text and an odd reason do not get into our words") {
    const GoogleCodec google;
    const json error = {
        {"error",
         {{"message", "ada@example.org may not"},
          {"errors", {{{"reason", "bob@example.org \u2603" + std::string(200, 'x')}}}}}}};
    for (const int status : {400, 403, 500}) {
        const auto events = google.Parse(Reply(error, status));
        const std::string words = events.error().message + events.error().hint;
        CHECK(words.find('@') == std::string::npos);
        CHECK(words.size() < 200);
    }
}

TEST_CASE("errors of any shape are errors") {
    const GoogleCodec google;
    for (const char* body :
         {R"({"error":"invalid"})", R"({"error":[]})", R"({"error":{"errors":{}}})",
          R"({"error":{"errors":[1,null,[]]}})", R"({"error":{"details":[{"reason":7}]}})", "[]",
          "null", "\"x\"", "{", ""})
        CHECK(google.Parse(Reply(std::string(body), 403)).error().kind == ErrorKind::kRejected);
}
