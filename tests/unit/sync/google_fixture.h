#pragma once

#include "tests/unit/sync/codec_fixture.h"

namespace kamili::sync::testing {

// Google's codec with one calendar.
struct GoogleCodec {
    std::unique_ptr<Provider> provider =
        MakeGoogleProvider({.google_api_url = "https://api.example.org/calendar/v3",
                            .graph_url = "https://graph.example.org/v1.0"});
    model::Account account = AccountOf(model::Provider::kGoogle);
    model::Calendar calendar;

    GoogleCodec() {
        calendar.remote_id = "ada@example.org";
        calendar.time_zone = "Europe/Oslo";
    }

    Result<ChangePage> Parse(const net::Response& response, UtcTime now = kNow) const {
        return provider->ParseChanges(account, calendar, response, now);
    }
    // A page that must be read; the calendar's cursor moves on.
    ChangePage Read(const json& body, UtcTime now = kNow) {
        auto page = Parse(Reply(body), now);
        REQUIRE(page.has_value());
        calendar.cursor = page->cursor;
        return std::move(*page);
    }
    net::Request Ask() const { return provider->ListChanges(account, calendar, kNow); }
    // One event with these members beside an id and times.
    model::Event Event(const json& members) {
        json item = {{"id", "e"},
                     {"start", {{"dateTime", "2027-01-12T18:00:00+01:00"}}},
                     {"end", {{"dateTime", "2027-01-12T19:00:00+01:00"}}}};
        item.update(members);
        auto page = Parse(Reply(json{{"nextSyncToken", "t"}, {"items", json::array({item})}}));
        REQUIRE(page.has_value());
        REQUIRE(page->changes.size() == 1);
        return std::move(page->changes.front().event);
    }
};

}  // namespace kamili::sync::testing
