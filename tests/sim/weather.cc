#include "tests/sim/weather.h"

#include <array>

namespace kamili::testing {
namespace {

using simulator::SimReply;
using std::chrono::milliseconds;

constexpr std::uint64_t kOneIn = 9;
constexpr std::uint64_t kLateMax = 25'000;
constexpr std::uint64_t kWaitMax = 200;

SimReply Plain(int status, const std::string& body, const char* type) {
    SimReply reply;
    reply.status = status;
    reply.headers = {{"Content-Type", type}};
    reply.body = body;
    return reply;
}

bool IsTokenRequest(const net::Request& request) { return request.method == net::Method::kPost; }

bool IsGoogle(const net::Request& request) {
    return request.url.find("/google/") != std::string::npos;
}

std::string GoogleBody(const char* reason) {
    return std::string(R"({"error":{"errors":[{"domain":"global","reason":")") + reason +
           R"(","message":"canary words"}],"code":0,"message":"canary words"}})";
}

std::string GraphBody(const char* code) {
    return std::string(R"({"error":{"code":")") + code + R"(","message":"canary words"}})";
}

}  // namespace

SimReply Weather::Refusal(const net::Request& request) {
    const bool google = IsGoogle(request);
    const char* json = "application/json; charset=UTF-8";
    const auto body = [&](const char* reason, const char* code) {
        return google ? GoogleBody(reason) : GraphBody(code);
    };
    constexpr std::array<int, 4> kServerFaults{500, 502, 503, 504};
    const std::uint64_t kind = IsTokenRequest(request) ? 4 + dice_.Below(2) : dice_.Below(6);
    switch (kind) {
        case 0:
            return Plain(401, body("authError", "InvalidAuthenticationToken"), json);
        case 1:
            return Plain(403, body("rateLimitExceeded", "ErrorAccessDenied"), json);
        case 2:
            return Plain(403, body("forbidden", "ErrorAccessDenied"), json);
        case 3:
            return Plain(410, body("fullSyncRequired", "SyncStateNotFound"), json);
        case 4: {
            SimReply reply = Plain(429, body("rateLimitExceeded", "TooManyRequests"), json);
            if (dice_.Below(3) != 0)
                reply.headers.push_back(
                    {"Retry-After", std::to_string(1 + dice_.Below(kWaitMax)) + ".5"});
            return reply;
        }
        default:
            return Plain(kServerFaults[dice_.Below(kServerFaults.size())],
                         "<html><body>canary words</body></html>", "text/html");
    }
}

Journey Weather::Next(const net::Request& request) {
    using Fate = Journey::Fate;
    Journey journey;
    journey.delay = milliseconds(5 + dice_.Below(60));
    if (dice_.Below(kOneIn) != 0) return journey;
    switch (dice_.Below(8)) {
        case 0:
            journey.fate = Fate::kLostBefore;
            break;
        case 1:
            journey.fate = Fate::kLostAfter;
            break;
        case 2:
            journey.fate = Fate::kTwice;
            break;
        case 3:
            journey.fate = Fate::kCut;
            break;
        case 4:
            journey.delay = milliseconds(dice_.Below(kLateMax));
            break;
        default:
            journey.instead = Refusal(request);
            break;
    }
    return journey;
}

}  // namespace kamili::testing
