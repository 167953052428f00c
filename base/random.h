#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace kamili {

// Where randomness comes from. Keys and nonces are drawn from SystemRandom only; tests bring a
// seeded one.
class Random {
  public:
    virtual ~Random() = default;
    virtual void Fill(std::span<std::uint8_t> out) = 0;

    // Uniform in [0, bound); `bound` > 0.
    std::uint64_t Below(std::uint64_t bound);
    // `bytes` random bytes as base64url without padding.
    std::string Token(std::size_t bytes);
};

// getrandom(2). Stops the program if the kernel cannot answer.
class SystemRandom final : public Random {
  public:
    void Fill(std::span<std::uint8_t> out) override;
};

}  // namespace kamili
