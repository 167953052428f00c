#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kamili::simulator {

// Chance from a seed: the same on every compiler and library (splitmix64), so that a world can be
// made again from its number. Never for keys.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t Next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    // Uniform enough in [low, high].
    int Between(int low, int high) {
        return low + static_cast<int>(Next() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool OneIn(int n) { return Between(1, n) == 1; }
    template <typename T>
    const T& Pick(const std::vector<T>& from) {
        return from[static_cast<std::size_t>(Next() % from.size())];
    }
    std::string Text(std::string_view alphabet, std::size_t length) {
        std::string text(length, '0');
        for (char& c : text) c = alphabet[static_cast<std::size_t>(Next() % alphabet.size())];
        return text;
    }
    // Letters, digits, "-" and "_".
    std::string Token(std::size_t length);
    // "0b1c...-....": a random UUID.
    std::string Uuid();

  private:
    std::uint64_t state_;
};

// A stable 64-bit mix of a text, for choices that must not depend on how often dice were thrown.
inline std::uint64_t HashText(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return Dice(hash).Next();
}

}  // namespace kamili::simulator
