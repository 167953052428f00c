#pragma once

#include <memory>
#include <string>

#include "base/loop.h"
#include "base/result.h"
#include "net/transport.h"

namespace kamili::net {

enum class TlsMinimum { k12, k13 };

struct CurlOptions {
    std::string ca_file;  // instead of the system's trust store; empty: the system's
    TlsMinimum tls_minimum = TlsMinimum::k12;
    bool allow_loopback_http = false;  // plain http to 127.0.0.0/8 and [::1] only
    std::string user_agent;            // contains the word gzip: Google compresses only then
};

// libcurl's multi interface inside the loop: HTTP/2 where offered, gzip, connections reused, peer
// and host verified, https only, no redirect, no cookie, no netrc, proxies from the environment but
// never for loopback. Name resolution happens on curl's own threads.
class CurlTransport final : public Transport {
  public:
    // Fails with kBadConfiguration if the CA file cannot be read.
    static Result<std::unique_ptr<CurlTransport>> Create(Loop& loop, CurlOptions options);
    ~CurlTransport() override;
    Subscription Send(Request request, Done done) override;

  private:
    struct Impl;
    explicit CurlTransport(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace kamili::net
