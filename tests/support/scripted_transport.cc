#include "tests/support/scripted_transport.h"

#include <algorithm>
#include <utility>

namespace kamili::testing {
namespace {

net::Response MakeResponse(int status, std::string_view body, std::vector<net::Header> headers) {
    net::Response response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = Secret(body);
    return response;
}

bool Has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

void ScriptedTransport::Reply(std::string url_part, int status, std::string body,
                              std::vector<net::Header> headers) {
    script_.push_back({.url_part = std::move(url_part),
                       .answer = MakeResponse(status, body, std::move(headers))});
}

void ScriptedTransport::Fail(std::string url_part, ErrorKind kind) {
    script_.push_back({.url_part = std::move(url_part),
                       .answer = Error{.kind = kind, .message = "as the test says"}});
}

void ScriptedTransport::Hold(std::string url_part, int status, std::string body) {
    script_.push_back(
        {.url_part = std::move(url_part), .answer = MakeResponse(status, body, {}), .held = true});
}

void ScriptedTransport::Release() {
    for (const auto& exchange : std::exchange(held_, {})) Deliver(exchange);
}

Subscription ScriptedTransport::Send(net::Request request, Done done) {
    sent_.push_back({.method = request.method,
                     .url = request.url,
                     .bearer = std::string(request.bearer.Reveal()),
                     .body = std::string(request.body.Reveal())});
    Entry entry = Take(request.url);
    auto exchange = std::make_shared<Exchange>(
        Exchange{.done = std::move(done), .answer = std::move(entry.answer)});
    if (entry.held)
        held_.push_back(exchange);
    else
        Deliver(exchange);
    return Subscription([exchange] { exchange->done = Done(); });
}

std::size_t ScriptedTransport::Count(const std::string& url_part) const {
    return static_cast<std::size_t>(std::count_if(
        sent_.begin(), sent_.end(), [&](const Sent& one) { return Has(one.url, url_part); }));
}

ScriptedTransport::Entry ScriptedTransport::Take(const std::string& url) {
    const auto found = std::find_if(script_.begin(), script_.end(),
                                    [&](const Entry& entry) { return Has(url, entry.url_part); });
    if (found == script_.end()) {
        ++unexpected_;
        return {.answer = Error{.kind = ErrorKind::kOffline, .message = "nothing is scripted"}};
    }
    Entry entry = std::move(*found);
    script_.erase(found);
    return entry;
}

void ScriptedTransport::Deliver(const std::shared_ptr<Exchange>& exchange) {
    loop_.Post([exchange] {
        if (auto done = std::exchange(exchange->done, Done())) done(std::move(exchange->answer));
    });
}

}  // namespace kamili::testing
