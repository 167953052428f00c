#pragma once

#include <random>

#include "base/random.h"

namespace kamili::testing {

// The same bytes for the same seed. Never for keys outside of tests.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void Fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine_() >> 32);
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace kamili::testing
