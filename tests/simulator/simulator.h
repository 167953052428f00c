#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/http.h"

namespace kamili::simulator {

// One request as a server sees it.
struct SimRequest {
    std::string method;  // "GET"
    std::string target;  // path and query, as sent
    std::vector<net::Header> headers;
    std::string body;

    std::string Header(std::string_view name) const;  // without case, "" if absent
};

// What to answer, and what to do to the answer on its way.
struct SimReply {
    int status = 200;
    std::vector<net::Header> headers;
    std::string body;  // not compressed; `gzip` says whether the server should
    bool gzip = false;
    enum class Fault { kNone, kTruncate, kReset, kNeverAnswer };
    Fault fault = Fault::kNone;
    std::chrono::milliseconds delay{0};
    bool faulted = false;  // a fault that was asked for had a hand in it
};

struct SimOptions {
    std::uint64_t seed = 1;
    std::string base_url;       // "https://127.0.0.1:8443": what links in replies begin with
    std::size_t events = 2000;  // in the seeded world, over all calendars
};

// Google (OAuth, Calendar) under /google, Microsoft (Entra, Graph) under /microsoft and the control
// endpoint under /control, over one seeded world. No I/O, no clock, no threads: the same requests
// at the same times give the same replies. docs/simulator.md is its manual.
class Simulator {
  public:
    explicit Simulator(SimOptions options);
    ~Simulator();
    SimReply Handle(const SimRequest& request, UtcTime now);
    // The address of the account that an access token of now belongs to, or "".
    std::string AccountOf(const std::string& bearer, UtcTime now) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace kamili::simulator
