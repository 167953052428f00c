#pragma once

#include "tests/sim/sim_transport.h"
#include "tests/support/seeded_random.h"

namespace kamili::testing {

// What happens to requests on a bad day, from a seed: most go well, some are lost on either way,
// late, doubled, cut, or answered by what stands in between with 401, 403, 410, 429 or 5xx.
class Weather {
  public:
    explicit Weather(std::uint64_t seed) : dice_(seed * 104'729 + 17) {}
    Journey Next(const net::Request& request);

  private:
    simulator::SimReply Refusal(const net::Request& request);

    SeededRandom dice_;
};

}  // namespace kamili::testing
