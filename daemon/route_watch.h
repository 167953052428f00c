#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "base/loop.h"
#include "base/result.h"
#include "base/time.h"

namespace kamili::daemon {

// The machine's default routes, as rtnetlink tells of them. Pure.
class DefaultRoutes {
  public:
    // Takes one datagram of messages. Has a way out appeared that was not there? Routers announce
    // the routes that are there again and again; that is no news.
    bool Take(std::span<const std::uint8_t> datagram);
    bool any() const { return !routes_.empty(); }

  private:
    std::set<std::string> routes_;
};

// Tells when the machine has a network (again): a default route has appeared. Several in a row
// count as one, and a network has a moment to settle first. Loop thread only.
class RouteWatch {
  public:
    // Fails where the sandbox or the kernel has no rtnetlink.
    static Result<std::unique_ptr<RouteWatch>> Open(Loop& loop, const Clock& clock,
                                                    Task on_network);
    // Reads datagrams from `descriptor` instead.
    RouteWatch(Loop& loop, const Clock& clock, int descriptor, Task on_network);

  private:
    void Read();
    void Tell();

    Loop& loop_;
    const Clock& clock_;
    Descriptor descriptor_;
    Task on_network_;
    DefaultRoutes routes_;
    Subscription watch_;
    Subscription settle_;
};

}  // namespace kamili::daemon
