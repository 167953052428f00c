#pragma once

#include "tests/unit/sync/codec_fixture.h"

namespace kamili::sync::testing {

// Graph's codec with one account and one calendar, as the golden replies want it.
struct GraphCodec {
    std::unique_ptr<Provider> provider =
        MakeGraphProvider({.google_api_url = "", .graph_url = "https://graph.example.org/v1.0"});
    model::Account account = AccountOf(model::Provider::kMicrosoft);
    model::Calendar calendar;

    GraphCodec() { calendar.remote_id = "CAL/1+a="; }

    Result<ChangePage> Parse(const net::Response& response, UtcTime now = kNow) const {
        return provider->ParseChanges(account, calendar, response, now);
    }
    Result<ItemReply> Item(const net::Response& response, const std::string& step = "",
                           const std::string& id = "M1") const {
        return provider->ParseItem(account, calendar, id, step, response, kNow);
    }
};

}  // namespace kamili::sync::testing
