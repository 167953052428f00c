#include "tests/unit/net/transport_probe.h"

#include <doctest/doctest.h>

namespace kamili::net {

CurlOptions TransportProbe::Options(const std::string& ca_file) {
    CurlOptions options;
    options.ca_file = ca_file;
    options.allow_loopback_http = true;
    options.user_agent = "kamili-test (gzip)";
    return options;
}

TransportProbe::TransportProbe(CurlOptions options) {
    Do([&] {
        auto made = CurlTransport::Create(loop(), options);
        KAMILI_CHECK(made.has_value());
        transport_ = std::move(*made);
    });
}

TransportProbe::~TransportProbe() {
    Do([&] { transport_.reset(); });
}

Result<Response> TransportProbe::Ask(Request request) {
    std::promise<Result<Response>> promise;
    auto reply = promise.get_future();
    Subscription exchange;
    bool inside = true;
    Do([&] {
        exchange = transport_->Send(std::move(request), [&](Result<Response> result) {
            CHECK_FALSE(inside);
            CHECK(loop().IsInside());
            promise.set_value(std::move(result));
        });
        inside = false;
    });
    const bool came = reply.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    Do([&] { exchange.Cancel(); });
    REQUIRE(came);
    return reply.get();
}

Request Get(const std::string& url) {
    Request request;
    request.url = url;
    return request;
}

}  // namespace kamili::net
