#pragma once

#include <future>
#include <memory>

#include "net/curl_transport.h"
#include "tests/support/loop_thread.h"

namespace kamili::net {

// A transport on a loop thread, asked from the test's thread.
class TransportProbe {
  public:
    static CurlOptions Options(const std::string& ca_file = "");
    explicit TransportProbe(CurlOptions options = Options());
    ~TransportProbe();

    // Sends and waits for the reply, at most 20 s.
    Result<Response> Ask(Request request);
    // On the loop thread.
    Subscription Send(Request request, Transport::Done done) {
        return transport_->Send(std::move(request), std::move(done));
    }
    void Do(const std::function<void()>& work) { loop_.Do(work); }
    SdLoop& loop() { return loop_.loop(); }
    // Loop thread only.
    void DropTransport() { transport_.reset(); }

  private:
    testing::LoopThread loop_;
    std::unique_ptr<CurlTransport> transport_;
};

// GET with limits that a test can wait for.
Request Get(const std::string& url);

}  // namespace kamili::net
