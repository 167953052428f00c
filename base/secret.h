#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string_view>

namespace kamili {

// Bytes that nobody but their user may see: wiped when they go, never printed, copied only on
// request, compared in constant time. Movable; a moved-from secret is empty. Not thread-safe.
// Kept in memory that is left out of core files. The list of files that may call Reveal() or
// bytes() is checked by tests/tree.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view bytes);
    explicit Secret(std::span<const std::uint8_t> bytes);
    // `size` zero bytes, to be filled through writable().
    static Secret OfSize(std::size_t size);

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret Copy() const { return Secret(Reveal()); }
    void Append(std::string_view bytes);
    // Forgets the content now.
    void Wipe();

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    // The content; valid until the secret changes.
    std::string_view Reveal() const;
    std::span<const std::uint8_t> bytes() const { return {data_, size_}; }
    std::span<std::uint8_t> writable() { return {data_, size_}; }

    // Constant time in the content, not in the length.
    friend bool operator==(const Secret& a, const Secret& b);
    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

  private:
    void Reserve(std::size_t capacity);

    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// Overwrites memory in a way that the compiler keeps.
void WipeMemory(void* data, std::size_t size);

}  // namespace kamili
