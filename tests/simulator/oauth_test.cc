#include <doctest/doctest.h>

#include "base/encoding.h"
#include "tests/simulator/client_of_sim.h"
#include "tests/simulator/clients.h"

namespace kamili::simulator {
namespace {

// RFC 7636, appendix B.
constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr char kGoogleScopes[] =
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly "
    "https://www.googleapis.com/auth/calendar.events.readonly";

std::string LocationOf(const SimReply& reply) {
    for (const net::Header& header : reply.headers)
        if (header.name == "Location") return header.value;
    return "";
}

Query RedirectOf(const SimReply& reply) {
    const std::string location = LocationOf(reply);
    return Query::Parse(std::string_view(location).substr(location.find('?') + 1));
}

std::string GoogleAuth(const std::string& more = "", const std::string& method = "S256") {
    return std::string("/google/o/oauth2/v2/auth?response_type=code&client_id=") + kGoogleClientId +
           "&redirect_uri=http%3A%2F%2F127.0.0.1%3A40123%2F&state=xyz&code_challenge=" +
           kChallenge + "&code_challenge_method=" + method + "&scope=" + Encode(kGoogleScopes) +
           more;
}

std::string MicrosoftAuth(const std::string& authority, const std::string& more = "") {
    return "/microsoft/" + authority +
           "/oauth2/v2.0/authorize?response_type=code&client_id=" + kMicrosoftClientId +
           "&redirect_uri=http%3A%2F%2Flocalhost%3A40123%2F&state=xyz&code_challenge=" +
           kChallenge +
           "&code_challenge_method=S256&scope=openid%20profile%20offline_access%20Calendars.Read" +
           more;
}

std::string GoogleExchange(const std::string& code, const std::string& verifier = kVerifier) {
    return std::string("grant_type=authorization_code&client_id=") + kGoogleClientId +
           "&client_secret=" + kGoogleClientSecret + "&code=" + Encode(code) +
           "&redirect_uri=http%3A%2F%2F127.0.0.1%3A40123%2F&code_verifier=" + verifier;
}

std::string MicrosoftExchange(const std::string& code) {
    return std::string("grant_type=authorization_code&client_id=") + kMicrosoftClientId +
           "&code=" + Encode(code) +
           "&redirect_uri=http%3A%2F%2Flocalhost%3A40123%2F&code_verifier=" + kVerifier;
}

std::string MicrosoftRefresh(const std::string& token) {
    return std::string("grant_type=refresh_token&client_id=") + kMicrosoftClientId +
           "&refresh_token=" + Encode(token) + "&scope=Calendars.Read%20offline_access%20openid";
}

std::string Error(const SimReply& reply) { return Json::parse(reply.body).value("error", ""); }
std::string Description(const SimReply& reply) {
    return Json::parse(reply.body).value("error_description", "");
}

std::string GoogleCode(ClientOfSim& client) {
    return RedirectOf(client.Send("GET", GoogleAuth())).Get("code");
}

Json MicrosoftTokens(ClientOfSim& client, const std::string& authority) {
    const std::string code = RedirectOf(client.Send("GET", MicrosoftAuth(authority))).Get("code");
    return Json::parse(
        client.PostForm("/microsoft/" + authority + "/oauth2/v2.0/token", MicrosoftExchange(code))
            .body);
}

constexpr char kDeviceToken[] = "/microsoft/organizations/oauth2/v2.0/token";

Json DeviceCodeOf(ClientOfSim& client) {
    return Json::parse(
        client
            .PostForm("/microsoft/organizations/oauth2/v2.0/devicecode",
                      std::string("client_id=") + kMicrosoftClientId +
                          "&scope=openid%20profile%20offline_access%20Calendars.Read")
            .body);
}

SimReply PollDevice(ClientOfSim& client, const Json& device, int after_s = 5) {
    client.now += std::chrono::seconds(after_s);
    return client.PostForm(
        kDeviceToken,
        std::string(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=") +
            kMicrosoftClientId +
            "&device_code=" + Encode(device["device_code"].get<std::string>()));
}

}  // namespace

TEST_CASE("a Google sign-in ends at the loopback address and its code works once") {
    ClientOfSim client(50);
    const SimReply reply = client.Send("GET", GoogleAuth());
    CHECK(reply.status == 302);
    CHECK(LocationOf(reply).find("http://127.0.0.1:40123/?") == 0);
    CHECK(RedirectOf(reply).Get("state") == "xyz");
    const std::string form = GoogleExchange(RedirectOf(reply).Get("code"));
    const Json tokens = Json::parse(client.PostForm("/google/token", form).body);
    CHECK(tokens["refresh_token"].is_string());
    CHECK(tokens["scope"] != kGoogleScopes);  // granted, in another order
    client.token = tokens["access_token"];
    CHECK(client.Get("/google/calendar/v3/users/me/calendarList").status == 200);
    CHECK(client.PostForm("/google/token", form).status == 400);
    const Json again = Json::parse(
        client
            .PostForm("/google/token",
                      std::string("grant_type=refresh_token&client_id=") + kGoogleClientId +
                          "&client_secret=" + kGoogleClientSecret +
                          "&refresh_token=" + Encode(tokens["refresh_token"].get<std::string>()))
            .body);
    CHECK(again["access_token"] != tokens["access_token"]);
    CHECK_FALSE(again.contains("refresh_token"));
}

TEST_CASE("Google refuses a wrong verifier, no verifier, no secret and another redirect") {
    ClientOfSim client(50);
    const std::string code = GoogleCode(client);
    std::string wrong = kVerifier;
    wrong[0] = 'x';
    CHECK(Description(client.PostForm("/google/token", GoogleExchange(code, wrong))) ==
          "Invalid code verifier.");
    std::string form = GoogleExchange(code);
    CHECK(Description(
              client.PostForm("/google/token", form.substr(0, form.find("&code_verifier")))) ==
          "Missing code verifier.");
    const std::string secret = std::string("&client_secret=") + kGoogleClientSecret;
    std::string bare = form;
    bare.erase(bare.find(secret), secret.size());
    CHECK(Description(client.PostForm("/google/token", bare)) == "client_secret is missing.");
    std::string moved = form;
    moved.replace(moved.find("40123"), 5, "40124");
    CHECK(client.PostForm("/google/token", moved).status == 400);
    CHECK(client.PostForm("/google/token", form).status == 200);
}

TEST_CASE("the authorization pages refuse plain PKCE and redirects to elsewhere") {
    ClientOfSim client(50);
    CHECK(client.Send("GET", GoogleAuth("", "plain")).status == 400);
    std::string elsewhere = GoogleAuth();
    elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "127.0.0.9");
    CHECK(client.Send("GET", elsewhere).status == 400);
    std::string path = MicrosoftAuth("common");
    path.replace(path.find("40123%2F"), 8, "40123%2Fcb");
    CHECK(client.Send("GET", path).status == 400);
    CHECK(client.Send("GET", MicrosoftAuth("common")).status == 302);
}

TEST_CASE("the switches make people refuse, wait, click, or grant less and more") {
    ClientOfSim client(50);
    client.Control("POST", "consent", {{"account", "google"}, {"mode", "deny"}});
    CHECK(RedirectOf(client.Send("GET", GoogleAuth())).Get("error") == "access_denied");
    client.Control("POST", "consent", {{"account", "google"}, {"mode", "page"}});
    const SimReply page = client.Send("GET", GoogleAuth());
    CHECK(page.status == 200);
    CHECK(page.body.find("<button") != std::string::npos);
    CHECK(client.Send("GET", GoogleAuth("&sim_answer=allow")).status == 302);
    CHECK(RedirectOf(client.Send("GET", GoogleAuth("&sim_answer=deny"))).Get("error") ==
          "access_denied");
    const std::string list = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
    client.Control(
        "POST", "consent",
        {{"account", "google"}, {"mode", "allow"}, {"grant", {list}}, {"surplus", {"extra"}}});
    const Json tokens =
        Json::parse(client.PostForm("/google/token", GoogleExchange(GoogleCode(client))).body);
    CHECK(tokens["scope"] == list + " extra");
    client.Control("POST", "consent", {{"account", "microsoft"}, {"mode", "admin_approval"}});
    CHECK(RedirectOf(client.Send("GET", MicrosoftAuth("common"))).Get("error") ==
          "consent_required");
}

TEST_CASE("a Microsoft sign-in says who it was and rotates refresh tokens") {
    ClientOfSim client(50);
    const Json tokens = MicrosoftTokens(client, "common");
    REQUIRE(tokens["id_token"].is_string());
    const std::string id_token = tokens["id_token"];
    const std::size_t dot = id_token.find('.');
    const auto bytes = ParseBase64Url(id_token.substr(dot + 1, id_token.rfind('.') - dot - 1));
    REQUIRE(bytes);
    const Json claims = Json::parse(bytes->begin(), bytes->end());
    CHECK(claims["aud"] == kMicrosoftClientId);
    CHECK(claims["preferred_username"] == "ada@example.com");
    CHECK(claims["iss"] ==
          std::string(kTestBase) + "/microsoft/" + claims["tid"].get<std::string>() + "/v2.0");
    CHECK(tokens["scope"].get<std::string>().find("offline_access") == std::string::npos);
    const std::string endpoint =
        "/microsoft/" + claims["tid"].get<std::string>() + "/oauth2/v2.0/token";
    const std::string old = tokens["refresh_token"];
    const Json next = Json::parse(client.PostForm(endpoint, MicrosoftRefresh(old)).body);
    CHECK(next["refresh_token"] != old);
    CHECK(client.PostForm(endpoint, MicrosoftRefresh(old)).status == 200);
    client.Control("POST", "consent", {{"account", "microsoft"}, {"strict_rotation", true}});
    CHECK(client.PostForm(endpoint, MicrosoftRefresh(old)).status == 200);
    CHECK(Error(client.PostForm(endpoint, MicrosoftRefresh(old))) == "invalid_grant");
}

TEST_CASE("Microsoft refuses secrets, origins and the wrong authority") {
    ClientOfSim client(50);
    const std::string code = RedirectOf(client.Send("GET", MicrosoftAuth("common"))).Get("code");
    const std::string endpoint = "/microsoft/common/oauth2/v2.0/token";
    CHECK(Error(client.PostForm(endpoint, MicrosoftExchange(code) + "&client_secret=x")) ==
          "invalid_client");
    CHECK(client
              .Send("POST", endpoint,
                    {{"Content-Type", "application/x-www-form-urlencoded"}, {"Origin", "null"}},
                    MicrosoftExchange(code))
              .status == 400);
    CHECK(Error(client.PostForm("/microsoft/consumers/oauth2/v2.0/token",
                                MicrosoftExchange(code))) == "invalid_grant");
    CHECK(client.PostForm(endpoint, MicrosoftExchange(code)).status == 200);
}

TEST_CASE("the authority decides between the work and the personal account") {
    ClientOfSim client(50);
    client.token = MicrosoftTokens(client, "consumers")["access_token"];
    const Json personal = client.GetJson("/microsoft/graph/v1.0/me/calendar");
    CHECK(personal["owner"]["address"] == "bob@example.com");
    client.token = MicrosoftTokens(client, "organizations")["access_token"];
    CHECK(client.GetJson("/microsoft/graph/v1.0/me/calendar")["owner"]["address"] ==
          "ada@example.com");
}

TEST_CASE("revoking at Google ends every token of the account") {
    ClientOfSim client(50);
    const Json tokens =
        Json::parse(client.PostForm("/google/token", GoogleExchange(GoogleCode(client))).body);
    client.token = tokens["access_token"];
    const std::string revoke =
        "/google/revoke?token=" + Encode(tokens["refresh_token"].get<std::string>());
    CHECK(client.PostForm(revoke, "").status == 200);
    CHECK(client.Get("/google/calendar/v3/users/me/calendarList").status == 401);
    CHECK(client.PostForm(revoke, "").status == 400);
}

TEST_CASE("codes expire") {
    ClientOfSim client(50);
    const std::string code = GoogleCode(client);
    client.now += std::chrono::minutes(11);
    CHECK(Error(client.PostForm("/google/token", GoogleExchange(code))) == "invalid_grant");
}

TEST_CASE("a device code waits for its user, works once and says who it was") {
    ClientOfSim client(50);
    const Json device = DeviceCodeOf(client);
    CHECK(device["verification_uri"] == std::string(kTestBase) + "/microsoft/device");
    CHECK(device["expires_in"] == 900);
    CHECK(device["interval"] == 5);
    CHECK_FALSE(device.contains("verification_uri_complete"));
    const SimReply pending = PollDevice(client, device);
    CHECK(pending.status == 400);
    CHECK(Error(pending) == "authorization_pending");
    CHECK(Json::parse(pending.body)["error_codes"] == Json::array({70016}));
    const Json tokens = Json::parse(PollDevice(client, device).body);
    CHECK(tokens["refresh_token"].is_string());
    CHECK(tokens["id_token"].is_string());
    CHECK(Error(PollDevice(client, device)) == "invalid_grant");
    client.token = tokens["access_token"];
    CHECK(client.GetJson("/microsoft/graph/v1.0/me/calendar")["owner"]["address"] ==
          "ada@example.com");
}

TEST_CASE("who polls too fast is counted and told to slow down") {
    ClientOfSim client(50);
    client.Control("POST", "consent", {{"account", "microsoft"}, {"mode", "never"}});
    const Json device = DeviceCodeOf(client);
    CHECK(Error(PollDevice(client, device)) == "authorization_pending");
    CHECK(Error(PollDevice(client, device, 4)) == "slow_down");
    CHECK(Error(PollDevice(client, device, 9)) == "slow_down");
    CHECK(Error(PollDevice(client, device, 15)) == "authorization_pending");
    const Json codes = client.Control("GET", "device")["codes"];
    REQUIRE(codes.size() == 1);
    CHECK(codes[0]["polls"] == 4);
    CHECK(codes[0]["too_fast"] == 2);
    CHECK(codes[0]["interval_s"] == 15);
    CHECK(codes[0]["user_code"] == device["user_code"]);
    client.Control("POST", "settings", {{"device_slow_down", 1}});
    CHECK(Error(PollDevice(client, device, 15)) == "slow_down");
    CHECK(client.Control("GET", "device")["codes"][0]["too_fast"] == 2);
}

TEST_CASE("a device code is declined, blocked, expired or not one") {
    ClientOfSim client(50);
    const auto after_first = [&](const char* mode) {
        client.Control("POST", "consent", {{"account", "microsoft"}, {"mode", mode}});
        const Json device = DeviceCodeOf(client);
        CHECK(Error(PollDevice(client, device)) == "authorization_pending");
        return PollDevice(client, device);
    };
    CHECK(Error(after_first("deny")) == "authorization_declined");
    const SimReply blocked = after_first("blocked");
    CHECK(Error(blocked) == "access_denied");
    CHECK(Json::parse(blocked.body)["error_codes"] == Json::array({53003}));
    CHECK(Error(after_first("admin_approval")) == "authorization_pending");
    const Json device = DeviceCodeOf(client);
    CHECK(Error(PollDevice(client, device, 900)) == "expired_token");
    CHECK(Error(PollDevice(client, {{"device_code", "x"}})) == "bad_verification_code");
}

TEST_CASE("a device code is answered on its page or by the control") {
    ClientOfSim client(50);
    client.Control("POST", "consent", {{"account", "microsoft"}, {"mode", "page"}});
    const Json device = DeviceCodeOf(client);
    const std::string page =
        "/microsoft/device?user_code=" + device["user_code"].get<std::string>();
    CHECK(client.Send("GET", page).body.find("<button") != std::string::npos);
    CHECK(Error(PollDevice(client, device)) == "authorization_pending");
    CHECK(Error(PollDevice(client, device)) == "authorization_pending");
    CHECK(client.Send("GET", "/microsoft/device?user_code=WRONG&sim_answer=allow").status == 400);
    CHECK(client.Send("GET", page + "&sim_answer=allow").status == 200);
    CHECK(client.Send("GET", page + "&sim_answer=deny").status == 400);
    CHECK(PollDevice(client, device).status == 200);
    const Json other = DeviceCodeOf(client);
    CHECK(client.Control("POST", "device", {{"answer", "block"}})["user_code"] ==
          other["user_code"]);
    CHECK(Error(PollDevice(client, other)) == "access_denied");
    CHECK(client.Control("POST", "device", {{"account", "bob@example.com"}}).contains("error"));
}

}  // namespace kamili::simulator
