#pragma once

#include "tests/simulator/client_of_sim.h"

namespace kamili::simulator {

inline constexpr char kMe[] = "/microsoft/graph/v1.0/me/";

inline Json GraphAt(const std::string& time, const std::string& zone = "W. Europe Standard Time") {
    return {{"dateTime", time}, {"timeZone", zone}};
}

inline Json GraphLunch() {
    return {{"subject", "Lunch"},
            {"start", GraphAt("2026-03-05T12:00:00")},
            {"end", GraphAt("2026-03-05T13:00:00")}};
}

inline Json GraphDaily() {
    Json event = GraphLunch();
    event["recurrence"] = {
        {"pattern", {{"type", "daily"}, {"interval", 1}}},
        {"range",
         {{"type", "numbered"}, {"startDate", "2026-03-05"}, {"numberOfOccurrences", 10}}}};
    return event;
}

inline Json GraphGuest(const std::string& address) {
    return {{"emailAddress", {{"address", address}}}, {"type", "required"}};
}

// Ada, signed in to write at Microsoft, with one event of that body. Ids are immutable ones.
struct GraphWriter {
    explicit GraphWriter(const Json& body = GraphLunch()) {
        client.SignInToWriteMicrosoft();
        event = Json::parse(Send("POST", "events", body).body);
        id = event.value("id", "");
    }
    SimReply Send(const std::string& method, const std::string& what, const Json& body = Json(),
                  std::vector<net::Header> headers = {}) {
        headers.push_back({"Prefer", "IdType=\"ImmutableId\""});
        return client.Write(method, kMe + what, body, std::move(headers));
    }
    SimReply Patch(const Json& body, std::vector<net::Header> headers = {}) {
        return Send("PATCH", "events/" + Encode(id), body, std::move(headers));
    }
    Json Look(const std::string& what) { return Json::parse(Send("GET", what).body); }
    Json Now() { return Look("events/" + Encode(id)); }
    Json Mails() { return client.Control("GET", "mails")["mails"]; }
    void Set(const Json& settings) { client.Control("POST", "settings", settings); }
    // The instances of a series (this one's, unless another is named) in March 2026.
    Json Instances(const std::string& series = "") {
        return Look("events/" + Encode(series.empty() ? id : series) +
                    "/instances?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"
                    "&$top=100")["value"];
    }
    // The account becomes a guest of the event, which somebody else organizes.
    void BecomeGuest() {
        client.Control("POST", "events",
                       {{"account", "microsoft"}, {"id", id}, {"response", "needs_action"}});
    }

    ClientOfSim client{60};
    Json event;
    std::string id;
};

inline std::string GraphCode(const SimReply& reply) {
    return Json::parse(reply.body)["error"]["code"];
}

}  // namespace kamili::simulator
