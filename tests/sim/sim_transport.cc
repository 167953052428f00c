#include "tests/sim/sim_transport.h"

#include <fmt/format.h>

#include <utility>

#include "net/url.h"

namespace kamili::testing {
namespace {

using simulator::SimReply;

Result<net::Response> AsClientSees(const SimReply& reply, const net::Limits& limits) {
    using Fault = SimReply::Fault;
    if (reply.fault == Fault::kTruncate)
        return Error{.kind = ErrorKind::kBadReply, .message = "the reply was cut short"};
    if (reply.fault == Fault::kReset)
        return Error{.kind = ErrorKind::kOffline, .message = "the connection was reset"};
    if (reply.fault == Fault::kNeverAnswer || reply.delay > limits.idle)
        return Error{.kind = ErrorKind::kTimeout, .message = "no answer in time"};
    if (reply.body.size() > limits.body_bytes_max)
        return Error{.kind = ErrorKind::kBadReply, .message = "the body is too large"};
    net::Response response;
    response.status = reply.status;
    response.headers = reply.headers;
    response.body = Secret(std::string_view(reply.body));
    return response;
}

std::string_view FateText(Journey::Fate fate) {
    switch (fate) {
        case Journey::Fate::kWell:
            return "well";
        case Journey::Fate::kLostBefore:
            return "lost_before";
        case Journey::Fate::kLostAfter:
            return "lost_after";
        case Journey::Fate::kTwice:
            return "twice";
        case Journey::Fate::kCut:
            return "cut";
    }
    return "";
}

}  // namespace

SimReply SimTransport::Ask(const net::Request& request) {
    const auto url = net::ParseUrl(request.url);
    simulator::SimRequest sim{.method = std::string(net::Text(request.method)),
                              .target = url->path + (url->query.empty() ? "" : "?") + url->query,
                              .headers = request.headers,
                              .body = std::string(request.body.Reveal())};
    if (!request.bearer.empty())
        sim.headers.push_back({"Authorization", "Bearer " + std::string(request.bearer.Reveal())});
    if (!request.content_type.empty())
        sim.headers.push_back({"Content-Type", request.content_type});
    return simulator_.Handle(sim, clock_.UtcNow());
}

Result<net::Response> SimTransport::Carry(const net::Request& request, const Journey& journey) {
    using Fate = Journey::Fate;
    if (!rules_.MayLeave(request))
        return Error{.kind = ErrorKind::kUntrusted, .message = "a foreign server"};
    if (journey.fate == Fate::kLostBefore)
        return Error{.kind = ErrorKind::kOffline, .message = "the connection was refused"};
    if (journey.fate == Fate::kTwice) Ask(request);
    SimReply reply = journey.instead ? *journey.instead : Ask(request);
    if (journey.fate == Fate::kLostAfter) reply.fault = SimReply::Fault::kReset;
    if (journey.fate == Fate::kCut) reply.fault = SimReply::Fault::kTruncate;
    // An answer from in between says nothing about what the provider thinks of the request.
    if (!journey.instead) rules_.CheckReply(request, reply);
    auto seen = AsClientSees(reply, request.limits);
    if (seen && reply.delay.count() == 0) return seen;
    return seen;
}

void SimTransport::Note(const net::Request& request, const Journey& journey,
                        const Result<net::Response>& reply) {
    const auto url = net::ParseUrl(request.url);
    trace_.push_back(fmt::format("{} {} {} {} {}", FormatUtc(clock_.UtcNow()),
                                 net::Text(request.method), url ? url->path : "",
                                 FateText(journey.fate), reply ? reply->status : 0));
}

Subscription SimTransport::Send(net::Request request, Done done) {
    const Journey journey = plan_ ? plan_(request) : Journey();
    const std::string mailbox =
        simulator_.AccountOf(std::string(request.bearer.Reveal()), clock_.UtcNow());
    rules_.Begin(mailbox, clock_.Now());
    auto waiting = std::make_shared<Done>(std::move(done));
    auto reply = std::make_shared<Result<net::Response>>(Carry(request, journey));
    Note(request, journey, *reply);
    auto timer = std::make_shared<Subscription>(
        loop_.RunAt(clock_.Now() + journey.delay, [this, waiting, reply, mailbox] {
            Done once = std::exchange(*waiting, Done());
            if (!once) return;
            rules_.End(mailbox, *reply, clock_.Now(), clock_.UtcNow());
            once(std::move(*reply));
        }));
    return Subscription([this, timer, waiting, mailbox] {
        timer->Cancel();
        if (std::exchange(*waiting, Done())) rules_.Cancel(mailbox);
    });
}

SimReply SimTransport::Raw(const std::string& method, const std::string& target,
                           const std::string& body) {
    return simulator_.Handle({method, target, {}, body}, clock_.UtcNow());
}

}  // namespace kamili::testing
