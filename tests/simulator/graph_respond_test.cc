#include <doctest/doctest.h>

#include "tests/simulator/graph_writer.h"

namespace kamili::simulator {
namespace {

// Ada as a guest of a meeting that somebody else organizes.
struct Guest : GraphWriter {
    explicit Guest(const Json& body = GraphLunch()) : GraphWriter(body) { BecomeGuest(); }

    SimReply Act(const std::string& action, const Json& body = Json::object()) {
        return Send("POST", "events/" + Encode(id) + "/" + action, body);
    }
    std::string Response() { return Now()["responseStatus"]["response"]; }
};

}  // namespace

TEST_CASE("an answer is taken, shown and mailed to the organizer") {
    Guest guest;
    CHECK(guest.Response() == "notResponded");
    const SimReply accepted = guest.Act("accept", {{"comment", "Gladly"}});
    CHECK(accepted.status == 202);
    CHECK(accepted.body.empty());
    CHECK(guest.Response() == "accepted");
    REQUIRE(guest.Mails().size() == 1);
    CHECK(guest.Mails()[0]["kind"] == "response");
    CHECK(guest.Mails()[0]["to"] == "priya@example.net");
    CHECK(guest.Mails()[0]["comment"] == "Gladly");
    CHECK(guest.Act("tentativelyAccept", {{"sendResponse", false}}).status == 202);
    CHECK(guest.Response() == "tentativelyAccepted");
    CHECK(guest.Now()["showAs"] == "tentative");
    CHECK(guest.Mails().size() == 1);
    CHECK(guest.Act("forget").status == 400);
}

TEST_CASE("what was declined is removed, unless the service keeps it") {
    Guest guest;
    guest.Set({{"graph_decline_removes", false}});
    CHECK(guest.Act("decline").status == 202);
    CHECK(guest.Response() == "declined");
    guest.Set({{"graph_decline_removes", true}});
    CHECK(guest.Act("decline").status == 202);
    CHECK(guest.Send("GET", "events/" + Encode(guest.id)).status == 404);
    CHECK(guest.Act("decline").status == 404);
}

TEST_CASE("one occurrence of a series is answered by itself") {
    Guest guest(GraphDaily());
    const Json before = guest.Instances();
    const std::string first = before[0]["id"];
    const std::string second = before[1]["id"];
    CHECK(guest.Send("POST", "events/" + Encode(first) + "/accept").status == 202);
    CHECK(guest.Send("POST", "events/" + Encode(second) + "/decline").status == 202);
    CHECK(guest.Response() == "notResponded");
    const Json after = guest.Instances();
    CHECK(after.size() == 9);
    CHECK(after[0]["id"] == first);
    CHECK(after[0]["responseStatus"]["response"] == "accepted");
}

TEST_CASE("another time is proposed only with a mail, to an organizer who takes proposals") {
    Guest guest;
    const Json slot{{"start", GraphAt("2026-03-05T14:00:00")},
                    {"end", GraphAt("2026-03-05T15:00:00")}};
    const Json proposal{{"proposedNewTime", slot}};
    CHECK(guest.Act("accept", proposal).status == 400);
    Json silent = proposal;
    silent["sendResponse"] = false;
    CHECK(guest.Act("tentativelyAccept", silent).status == 400);
    CHECK(guest.Act("tentativelyAccept", proposal).status == 202);
    Json closed = GraphLunch();
    closed["allowNewTimeProposals"] = false;
    Guest refused(closed);
    const SimReply reply = refused.Act("decline", proposal);
    CHECK(reply.status == 400);
    CHECK(GraphCode(reply) == "ErrorInvalidRequest");
    CHECK(refused.Response() == "notResponded");
}

TEST_CASE("the organizer cancels and does not answer, a guest answers and does not cancel") {
    Json body = GraphLunch();
    body["attendees"] = {GraphGuest("mira@example.net")};
    GraphWriter writer(body);
    const std::string target = "events/" + Encode(writer.id);
    CHECK(writer.Send("POST", target + "/accept", Json::object()).status == 400);
    writer.client.Control("DELETE", "mails");
    CHECK(writer.Send("POST", target + "/cancel", {{"comment", "Ill"}}).status == 202);
    REQUIRE(writer.Mails().size() == 1);
    CHECK(writer.Mails()[0]["kind"] == "cancellation");
    CHECK(writer.Mails()[0]["comment"] == "Ill");
    CHECK(writer.Send("GET", target).status == 404);
    Guest guest;
    CHECK(guest.Act("cancel").status == 400);
    CHECK(guest.Now()["subject"] == "Lunch");
}

TEST_CASE("deleting what its organizer called off is refused in two ways, or not") {
    Guest guest;
    guest.client.Control("POST", "events",
                         {{"account", "microsoft"}, {"id", guest.id}, {"status", "cancelled"}});
    const std::string target = "events/" + Encode(guest.id);
    CHECK(guest.Now()["isCancelled"] == true);
    CHECK(guest.Send("DELETE", target).status == 403);
    guest.Set({{"graph_cancelled_delete", 404}});
    CHECK(guest.Send("DELETE", target).status == 404);
    guest.Set({{"graph_cancelled_delete", 204}});
    CHECK(guest.Send("DELETE", target).status == 204);
    CHECK(guest.Send("DELETE", target).status == 404);
}

}  // namespace kamili::simulator
