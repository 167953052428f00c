#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "net/transport.h"

namespace kamili::testing {

// A network that answers what the test wrote down beforehand. Each request takes the first entry
// whose text is part of its address and uses it up; a request without an entry fails with kOffline
// and is counted as unexpected. Answers come through the loop, never from inside Send.
class ScriptedTransport final : public net::Transport {
  public:
    // What was sent, in the clear.
    struct Sent {
        net::Method method = net::Method::kGet;
        std::string url;
        std::string bearer;
        std::string body;
    };

    explicit ScriptedTransport(Loop& loop) : loop_(loop) {}

    void Reply(std::string url_part, int status, std::string body,
               std::vector<net::Header> headers = {});
    void Fail(std::string url_part, ErrorKind kind);
    // As Reply, but the answer waits for Release().
    void Hold(std::string url_part, int status, std::string body);
    void Release();

    Subscription Send(net::Request request, Done done) override;

    const std::vector<Sent>& sent() const { return sent_; }
    // How many requests went to addresses with that text.
    std::size_t Count(const std::string& url_part) const;
    // Entries that no request has taken yet.
    std::size_t left() const { return script_.size(); }
    std::size_t unexpected() const { return unexpected_; }

  private:
    struct Entry {
        std::string url_part;
        Result<net::Response> answer = net::Response();
        bool held = false;
    };
    struct Exchange {
        Done done;
        Result<net::Response> answer;
    };

    Entry Take(const std::string& url);
    void Deliver(const std::shared_ptr<Exchange>& exchange);

    Loop& loop_;
    std::deque<Entry> script_;
    std::vector<std::shared_ptr<Exchange>> held_;
    std::vector<Sent> sent_;
    std::size_t unexpected_ = 0;
};

}  // namespace kamili::testing
