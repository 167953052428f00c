#include <algorithm>

#include "tests/simulator/clients.h"
#include "tests/simulator/control.h"
#include "tests/simulator/microsoft_oauth.h"
#include "tests/simulator/oauth.h"

namespace kamili::simulator {
namespace {

using std::chrono::seconds;

constexpr seconds kSlowDown{5};  // RFC 8628, 3.5

// Letters and digits that are not taken for each other.
constexpr char kUserCodeLetters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

// The newest code that still waits, or the one named.
DeviceGrant* FindDevice(State& state, const std::string& user_code) {
    DeviceGrant* found = nullptr;
    for (auto& [secret, device] : state.devices) {
        if (!user_code.empty() && device.user_code == user_code) return &device;
        const bool waits = user_code.empty() && device.answer.empty();
        if (waits && (found == nullptr || found->number < device.number)) found = &device;
    }
    return found;
}

bool Decide(State& state, DeviceGrant& device, const std::string& answer, Person* person) {
    if (answer != "allow" && answer != "deny" && answer != "block") return false;
    if (person == nullptr) person = PersonAt(state, device.authority, "");
    if (person == nullptr || !FitsAuthority(*person, device.authority)) return false;
    device.grant = std::make_shared<Grant>();
    device.grant->person = person;
    device.grant->scopes = Granted(state.microsoft_consent, device.scopes);
    device.grant->authority = device.authority;
    device.answer = answer;
    return true;
}

// What the user does between two polls, as the switch says.
void DecideBySwitch(State& state, DeviceGrant& device) {
    const std::string& mode = state.microsoft_consent.mode;
    if (!device.answer.empty()) return;
    if (mode == "allow" || mode == "wrong_state") Decide(state, device, "allow", nullptr);
    if (mode == "deny") Decide(state, device, "deny", nullptr);
    if (mode == "blocked") Decide(state, device, "block", nullptr);
}

// Counts the poll; true if it came too early, or if the switch wants it to be told off anyway.
bool IsTooFast(State& state, DeviceGrant& device, UtcTime now) {
    const bool early = device.polled && now < *device.polled + device.interval;
    device.polled = now;
    ++device.polls;
    if (early) ++device.too_fast;
    const bool told_off = state.settings.device_slow_down > 0;
    if (told_off) --state.settings.device_slow_down;
    if (early || told_off) device.interval += kSlowDown;
    return early || told_off;
}

SimReply Pending(State& state, const Call& call) {
    return MicrosoftTokenError(
        state, call, "authorization_pending", 70016,
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");
}

SimReply Redeem(State& state, const Call& call, const Query& form, DeviceGrant& device) {
    if (device.answer == "deny")
        return MicrosoftTokenError(state, call, "authorization_declined", 65004,
                                   "The user declined to consent to access the app.");
    if (device.answer == "block")
        return MicrosoftTokenError(state, call, "access_denied", 53003,
                                   "Access has been blocked by Conditional Access policies.");
    if (device.answer == "used")
        return MicrosoftTokenError(state, call, "invalid_grant", 54005,
                                   "The code was already redeemed.");
    device.answer = "used";
    const auto& scopes = device.grant->scopes;
    const bool offline = std::find(scopes.begin(), scopes.end(), "offline_access") != scopes.end();
    return MicrosoftTokens(state, call, form, device.grant, offline, "");
}

}  // namespace

SimReply IssueDeviceCode(State& state, const Call& call) {
    const Query form = Query::Parse(call.request.body);
    if (call.request.method != "POST")
        return MicrosoftTokenError(state, call, "invalid_request", 900561,
                                   "The endpoint only accepts POST.");
    if (form.Get("client_id") != kMicrosoftClientId)
        return MicrosoftTokenError(state, call, "unauthorized_client", 700016,
                                   "Application not found.");
    if (!AreMicrosoftScopes(Words(form.Get("scope"))))
        return MicrosoftTokenError(state, call, "invalid_scope", 70011, "The scope is not valid.");
    if (PersonAt(state, call.path[1], "") == nullptr)
        return MicrosoftTokenError(state, call, "invalid_request", 90002, "Tenant not found.");
    DeviceGrant device;
    device.user_code = state.dice.Text(kUserCodeLetters, 9);
    device.scopes = Words(form.Get("scope"));
    device.authority = call.path[1];
    device.interval = seconds(state.settings.device_interval_s);
    device.expires = call.now + seconds(state.settings.device_life_s);
    device.number = ++state.numbers;
    const std::string uri = state.base_url + "/microsoft/device";
    const std::string secret = "DAQABIQEAAASIM" + state.dice.Token(60);
    const Json body{
        {"user_code", device.user_code},
        {"device_code", secret},
        {"verification_uri", uri},
        {"expires_in", state.settings.device_life_s},
        {"interval", state.settings.device_interval_s},
        {"message", "To sign in, use a web browser to open the page " + uri +
                        " and enter the code " + device.user_code + " to authenticate."}};
    state.devices[secret] = std::move(device);
    return JsonReply(200, body);
}

SimReply RedeemDeviceCode(State& state, const Call& call, const Query& form) {
    const auto found = state.devices.find(form.Get("device_code"));
    if (found == state.devices.end())
        return MicrosoftTokenError(state, call, "bad_verification_code", 70018,
                                   "Invalid verification code.");
    DeviceGrant& device = found->second;
    if (device.authority != call.path[1])
        return MicrosoftTokenError(state, call, "invalid_grant", 50020,
                                   "The code is of another authority.");
    if (device.expires <= call.now)
        return MicrosoftTokenError(state, call, "expired_token", 70019,
                                   "Verification code expired.");
    const bool first = device.polls == 0;
    if (IsTooFast(state, device, call.now))
        return MicrosoftTokenError(state, call, "slow_down", 70016, "Poll more slowly.");
    if (!first) DecideBySwitch(state, device);
    if (device.answer.empty()) return Pending(state, call);
    return Redeem(state, call, form, device);
}

SimReply DevicePage(State& state, const Call& call) {
    const std::string code = call.query.Get("user_code");
    const std::string answer = call.query.Get("sim_answer");
    if (code.empty() || answer.empty())
        return HtmlReply(200,
                         "<h1>Enter the code</h1><form method=\"get\"><input name=\"user_code\" "
                         "value=\"" +
                             EscapeHtml(code) +
                             "\"><button name=\"sim_answer\" value=\"allow\">Allow</button>"
                             "<button name=\"sim_answer\" value=\"deny\">Deny</button></form>");
    DeviceGrant* device = FindDevice(state, code);
    if (device == nullptr || !device->answer.empty() || device->expires <= call.now)
        return HtmlReply(400, "<p>That code did not work.</p>");
    if (!Decide(state, *device, answer, nullptr)) return HtmlReply(400, "<p>No such answer.</p>");
    return HtmlReply(200, "<p>You have answered. You can close this window.</p>");
}

SimReply DeviceCodes(const State& state) {
    std::vector<const DeviceGrant*> devices;
    for (const auto& [secret, device] : state.devices) devices.push_back(&device);
    std::sort(devices.begin(), devices.end(),
              [](const DeviceGrant* a, const DeviceGrant* b) { return a->number < b->number; });
    Json codes = Json::array();
    for (const DeviceGrant* device : devices)
        codes.push_back({{"user_code", device->user_code},
                         {"polls", device->polls},
                         {"too_fast", device->too_fast},
                         {"interval_s", device->interval.count()},
                         {"answer", device->answer}});
    return JsonReply(200, {{"codes", std::move(codes)}});
}

SimReply AnswerDevice(State& state, const Call& call, const Json& body) {
    DeviceGrant* device = FindDevice(state, body.value("user_code", ""));
    if (device == nullptr || device->expires <= call.now) return BadControl("no such code");
    const std::string account = body.value("account", "");
    Person* person = account.empty() ? nullptr : state.world.Find(account);
    if (!account.empty() && person == nullptr) return BadControl("no such account");
    if (!Decide(state, *device, body.value("answer", "allow"), person))
        return BadControl("answer: allow, deny or block, of somebody whom the authority lets in");
    return JsonReply(200, {{"user_code", device->user_code}});
}

}  // namespace kamili::simulator
