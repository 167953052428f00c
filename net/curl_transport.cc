#include "net/curl_transport.h"

#include <fstream>
#include <sstream>

#include "net/curl_exchange.h"
#include "net/curl_library.h"
#include "net/curl_multi.h"
#include "net/url.h"

namespace kamili::net {
namespace {

Status CheckCaFile(const std::string& path) {
    if (path.empty()) return {};
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    const std::string content = text.str();
    const bool holds_some =
        content.find("-----BEGIN CERTIFICATE-----") != std::string::npos ||
        content.find("-----BEGIN TRUSTED CERTIFICATE-----") != std::string::npos;
    if (file.is_open() && holds_some) return {};
    return Error{.kind = ErrorKind::kBadConfiguration,
                 .message = file.is_open() ? "the CA file holds no certificate"
                                           : "the CA file cannot be read",
                 .hint = "check [tls] ca_file"};
}

Error Rejected(const char* why) { return {.kind = ErrorKind::kRejected, .message = why}; }

// The address to ask, or why it may not be asked.
Result<Url> CheckAddress(const Request& request, const CurlOptions& options) {
    auto url = ParseUrl(request.url);
    if (!url) return Rejected("not an absolute http or https address");
    if (url->scheme == "http" && !(options.allow_loopback_http && url->IsLoopback()))
        return Rejected("plain http is refused");
    return std::move(*url);
}

}  // namespace

struct CurlTransport::Impl {
    Impl(Loop& loop_in, CurlOptions options_in)
        : loop(loop_in),
          options(std::move(options_in)),
          multi(std::make_shared<CurlMulti>(loop_in)) {}

    // `done` lives in the subscription, so that dropping it cancels.
    Subscription Refuse(Error error, Done done) {
        auto waiting = std::make_shared<Done>(std::move(done));
        loop.Post([weak = std::weak_ptr(waiting), open = std::weak_ptr(multi),
                   error = std::move(error)]() mutable {
            const auto alive = weak.lock();
            if (alive && !open.expired()) (*alive)(std::move(error));
        });
        return Subscription([waiting = std::move(waiting)] {});
    }

    Loop& loop;
    CurlOptions options;
    // Shared so that a delivery that drops the transport finds its way out.
    std::shared_ptr<CurlMulti> multi;
};

Result<std::unique_ptr<CurlTransport>> CurlTransport::Create(Loop& loop, CurlOptions options) {
    if (auto started = StartCurl(); !started) return std::move(started).error();
    if (auto checked = CheckCaFile(options.ca_file); !checked) return std::move(checked).error();
    return std::unique_ptr<CurlTransport>(
        new CurlTransport(std::make_unique<Impl>(loop, std::move(options))));
}

CurlTransport::CurlTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CurlTransport::~CurlTransport() { impl_->multi->Close(); }

Subscription CurlTransport::Send(Request request, Done done) {
    auto url = CheckAddress(request, impl_->options);
    if (!url) return impl_->Refuse(std::move(url).error(), std::move(done));
    if (auto checked = CheckHeaders(request); !checked)
        return impl_->Refuse(std::move(checked).error(), std::move(done));
    return impl_->multi->Add(
        std::make_unique<CurlExchange>(impl_->options, std::move(request), *url, std::move(done)));
}

}  // namespace kamili::net
