#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/simulator/simulator.h"
#include "tests/simulator/web.h"

namespace kamili::simulator {

inline constexpr char kTestBase[] = "https://127.0.0.1:8443";

// A simulator with a clock for tests, and the requests that they make of it.
class ClientOfSim {
  public:
    explicit ClientOfSim(std::size_t events = 400, std::uint64_t seed = 1)
        : sim_({.seed = seed, .base_url = kTestBase, .events = events}) {}

    SimReply Send(const std::string& method, const std::string& target,
                  std::vector<net::Header> headers = {}, const std::string& body = "") {
        return sim_.Handle({method, target, std::move(headers), body}, now);
    }
    SimReply Get(const std::string& target, std::vector<net::Header> headers = {}) {
        if (!token.empty()) headers.push_back({"Authorization", "Bearer " + token});
        return Send("GET", target, std::move(headers));
    }
    // With the token of the account and a JSON body; none if it is null.
    SimReply Write(const std::string& method, const std::string& target, const Json& body = Json(),
                   std::vector<net::Header> headers = {}) {
        headers.push_back({"Authorization", "Bearer " + token});
        headers.push_back({"Content-Type", "application/json"});
        return Send(method, target, std::move(headers), body.is_null() ? "" : body.dump());
    }
    SimReply PostForm(const std::string& target, const std::string& body) {
        return Send("POST", target, {{"Content-Type", "application/x-www-form-urlencoded"}}, body);
    }
    Json GetJson(const std::string& target, std::vector<net::Header> headers = {}) {
        return Json::parse(Get(target, std::move(headers)).body);
    }
    Json Control(const std::string& method, const std::string& what, const Json& body = Json()) {
        const std::string text = body.is_null() ? "" : body.dump();
        return Json::parse(Send(method, "/control/" + what, {}, text).body);
    }
    // Takes a token of that account from now on.
    void SignIn(const std::string& account, const std::vector<std::string>& scopes) {
        token =
            Control("POST", "grant", {{"account", account}, {"scopes", scopes}})["access_token"];
    }
    void SignInToGoogle() {
        SignIn("google", {"https://www.googleapis.com/auth/calendar.calendarlist.readonly",
                          "https://www.googleapis.com/auth/calendar.events.readonly"});
    }
    void SignInToWriteGoogle() {
        SignIn("google", {"https://www.googleapis.com/auth/calendar.calendarlist.readonly",
                          "https://www.googleapis.com/auth/calendar.events"});
    }
    void SignInToWriteMicrosoft() {
        SignIn("microsoft", {"openid", "offline_access", "Calendars.ReadWrite"});
    }
    void SignInToMicrosoft() {
        SignIn("microsoft", {"openid", "offline_access", "Calendars.Read"});
    }

    // The path and query of a link in a reply.
    static std::string TargetOf(const std::string& link) {
        return link.substr(std::string(kTestBase).size());
    }

    UtcTime now{std::chrono::sys_days(std::chrono::year(2026) / 3 / 2) + std::chrono::hours(9)};
    std::string token;

  private:
    Simulator sim_;
};

// Lists a Google calendar to the end; the pages, with the sync token in the last.
inline std::vector<Json> GooglePages(ClientOfSim& client, const std::string& calendar,
                                     const std::string& query) {
    std::vector<Json> pages;
    std::string more;
    do {
        pages.push_back(client.GetJson("/google/calendar/v3/calendars/" + Encode(calendar) +
                                       "/events?" + query + more));
        more = "&pageToken=" + Encode(pages.back().value("nextPageToken", ""));
    } while (pages.back().contains("nextPageToken") && pages.size() < 200);
    return pages;
}

// Follows a Graph stream from a target to its delta link; the pages.
inline std::vector<Json> GraphPages(ClientOfSim& client, std::string target,
                                    const std::vector<net::Header>& headers) {
    std::vector<Json> pages;
    while (pages.size() < 2000) {
        pages.push_back(client.GetJson(target, headers));
        if (!pages.back().contains("@odata.nextLink")) break;
        target = ClientOfSim::TargetOf(pages.back()["@odata.nextLink"]);
    }
    return pages;
}

}  // namespace kamili::simulator
