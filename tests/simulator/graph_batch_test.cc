#include <doctest/doctest.h>

#include "tests/simulator/client_of_sim.h"
#include "tests/simulator/clients.h"

namespace kamili::simulator {
namespace {

constexpr char kBatch[] = "/microsoft/graph/v1.0/$batch";
constexpr char kCalendars[] = "/microsoft/graph/v1.0/me/calendars";

Json Part(int id, const std::string& url = "/me/calendars") {
    return {{"id", std::to_string(id)}, {"method", "GET"}, {"url", url}};
}

Json Parts(int count) {
    Json parts = Json::array();
    for (int i = 1; i <= count; ++i) parts.push_back(Part(i));
    return parts;
}

struct Reader {
    Reader() { client.SignInToMicrosoft(); }

    SimReply Send(const Json& parts) { return client.Write("POST", kBatch, {{"requests", parts}}); }
    // The answers by their ids.
    Json Answers(const Json& parts) {
        const SimReply reply = Send(parts);
        REQUIRE(reply.status == 200);
        Json answers = Json::object();
        const Json body = Json::parse(reply.body);
        for (const Json& one : body["responses"]) answers[one["id"].get<std::string>()] = one;
        return answers;
    }
    void Set(const Json& settings) { client.Control("POST", "settings", settings); }

    ClientOfSim client{60};
};

}  // namespace

TEST_CASE("the parts of a batch are answered as if they had come alone, in any order") {
    Reader reader;
    const Json alone = reader.client.GetJson(kCalendars);
    Json parts = Parts(3);
    parts[2]["url"] = "/me/events/damaged";
    const Json answers = reader.Answers(parts);
    REQUIRE(answers.size() == 3);
    CHECK(answers["1"]["status"] == 200);
    CHECK(answers["1"]["body"] == alone);
    CHECK(answers["3"]["status"] == 400);
    CHECK(answers["3"]["body"]["error"]["code"] == "ErrorInvalidIdMalformed");
    bool shuffled = false;
    for (int i = 0; i < 20 && !shuffled; ++i) {
        const Json body = Json::parse(reader.Send(Parts(4)).body);
        shuffled = body["responses"][0]["id"] != "1";
    }
    CHECK(shuffled);
    const Json log = reader.client.Control("GET", "log");
    CHECK(log["requests"][1]["target"] == kCalendars);
}

TEST_CASE("of a batch's parts four run at once, the others are throttled one by one") {
    Reader reader;
    const Json answers = reader.Answers(Parts(6));
    int served = 0;
    for (const Json& one : answers) {
        served += one["status"] == 200 ? 1 : 0;
        if (one["status"] == 200) continue;
        CHECK(one["status"] == 429);
        CHECK(one["body"]["error"]["code"] == "ApplicationThrottled");
        CHECK(one["headers"].contains("Retry-After"));
    }
    CHECK(served == 4);
    CHECK(reader.client.Get(kCalendars).status == 200);  // nothing is in flight any more
    Json chain = Parts(6);
    for (int i = 4; i < 6; ++i) chain[std::size_t(i)]["dependsOn"] = {"1"};
    const Json waited = reader.Answers(chain);
    for (const Json& one : waited) CHECK(one["status"] == 200);
    reader.Set({{"graph_concurrency", 0}});
    const Json free = reader.Answers(Parts(20));
    for (const Json& one : free) CHECK(one["status"] == 200);
}

TEST_CASE("what depends on a failure fails") {
    Reader reader;
    Json parts = Parts(3);
    parts[0]["url"] = "/me/calendars/unknown";
    parts[1]["dependsOn"] = {"1"};
    parts[2]["dependsOn"] = {"2"};
    const Json answers = reader.Answers(parts);
    CHECK(answers["1"]["status"] == 404);
    CHECK(answers["2"]["status"] == 424);
    CHECK(answers["3"]["status"] == 424);
}

TEST_CASE("a batch that is not one is refused as a whole") {
    Reader reader;
    CHECK(reader.Send(Parts(21)).status == 400);
    CHECK(reader.Send(Json::array()).status == 400);
    Json twice = Parts(2);
    twice[1]["id"] = "1";
    CHECK(reader.Send(twice).status == 400);
    Json unknown = Parts(1);
    unknown[0]["dependsOn"] = {"7"};
    CHECK(reader.Send(unknown).status == 400);
    Json bare = Parts(1);
    bare[0]["body"] = Json::object();
    CHECK(reader.Send(bare).status == 400);
    CHECK(reader.Send({Part(1, "/$batch")}).status == 400);
    CHECK(reader.Send({Part(1, "https://example.net/me")}).status == 400);
    CHECK(reader.client.Get(kBatch).status == 400);
    reader.client.token = "none";
    CHECK(reader.Send(Parts(1)).status == 401);
}

TEST_CASE("the parts of a batch count in the ten minutes and meet faults, the batch does not") {
    Reader reader;
    reader.Set({{"graph_limit", 3}});
    const Json answers = reader.Answers(Parts(4));
    int throttled = 0;
    for (const Json& one : answers) throttled += one["status"] == 429 ? 1 : 0;
    CHECK(throttled == 1);
    reader.Set({{"graph_limit", 0}});
    reader.client.Control("POST", "faults",
                          {{"match", "/me/calendars"}, {"fault", {{"status", 503}}}});
    const Json faulty = reader.Answers(Parts(2));
    CHECK(faulty["1"]["status"] == 503);
    CHECK(faulty["2"]["status"] == 200);
}

TEST_CASE("a fifth request in flight is one too many") {
    Reader reader;
    reader.Set({{"graph_service_ms", 300}});
    for (int i = 0; i < 4; ++i) {
        const SimReply reply = reader.client.Get(kCalendars);
        CHECK(reply.status == 200);
        CHECK(reply.delay == std::chrono::milliseconds(300));
        reader.client.now += std::chrono::milliseconds(10);
    }
    const SimReply fifth = reader.client.Get(kCalendars);
    CHECK(fifth.status == 429);
    CHECK(Json::parse(fifth.body)["error"]["code"] == "ApplicationThrottled");
    reader.Set({{"graph_busy_status", 503}});
    CHECK(reader.client.Get(kCalendars).status == 503);
    reader.client.now += std::chrono::milliseconds(260);  // the first is answered
    CHECK(reader.client.Get(kCalendars).status == 200);
    CHECK(reader.client.Get(kCalendars).status == 503);
}

TEST_CASE("a reply that a fault delays is in flight until it arrives") {
    Reader reader;
    reader.client.Control("POST", "faults",
                          {{"match", "/calendars"}, {"times", 4}, {"fault", {{"delay_ms", 5000}}}});
    for (int i = 0; i < 4; ++i) CHECK(reader.client.Get(kCalendars).status == 200);
    CHECK(reader.client.Get(kCalendars).status == 429);
    reader.client.now += std::chrono::seconds(5);
    CHECK(reader.client.Get(kCalendars).status == 200);
}

TEST_CASE("Retry-After has every form that was seen") {
    Reader reader;
    reader.Set({{"graph_limit", 1}});
    CHECK(reader.client.Get(kCalendars).status == 200);
    const auto header = [&](const char* form) {
        reader.Set({{"graph_retry_after", form}});
        const SimReply reply = reader.client.Get(kCalendars);
        CHECK(reply.status == 429);
        for (const net::Header& one : reply.headers)
            if (one.name == "Retry-After") return one.value;
        return std::string("no header");
    };
    CHECK(header("decimal") == "600.5");
    CHECK(header("integer") == "600");
    CHECK(header("date") == "Mon, 02 Mar 2026 09:10:00 GMT");
    CHECK(header("none") == "no header");
}

TEST_CASE("Entra ends a client that asks for the same token again and again") {
    ClientOfSim client(20);
    const Json grant = client.Control(
        "POST", "grant",
        {{"account", "microsoft"}, {"scopes", {"offline_access", "Calendars.Read"}}});
    const std::string body =
        "grant_type=refresh_token&client_id=" + std::string(kMicrosoftClientId) +
        "&scope=Calendars.Read&refresh_token=" + Encode(grant["refresh_token"].get<std::string>());
    const std::string target = "/microsoft/organizations/oauth2/v2.0/token";
    client.Control("POST", "settings", {{"microsoft_identical_max", 3}});
    for (int i = 0; i < 3; ++i) CHECK(client.PostForm(target, body).status == 200);
    const SimReply ended = client.PostForm(target, body);
    CHECK(ended.status == 400);
    CHECK(Json::parse(ended.body)["error_codes"][0] == 50196);
    CHECK(client.PostForm(target, body + "&client_info=1").status == 200);  // another request
    client.now += std::chrono::minutes(6);
    CHECK(client.PostForm(target, body).status == 200);
}

}  // namespace kamili::simulator
