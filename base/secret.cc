#include "base/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace kamili {
namespace {

// Small secrets (keys, tokens) share OpenSSL's secure heap: locked in memory, left out of core
// files, between guard pages. Large ones (a provider's page) get pages of their own that a core
// file leaves out; locking those would use up what a process may lock.
constexpr std::size_t kOwnPagesFrom = 4096;
constexpr std::size_t kHeapBytes = 256 << 10;  // of 8 MiB that a process may usually lock
constexpr std::size_t kHeapLeast = 32;         // one piece of it

// Null when the heap is full or cannot be had.
std::uint8_t* AllocateLocked(std::size_t size) {
    static const bool is_there = CRYPTO_secure_malloc_init(kHeapBytes, kHeapLeast) != 0;
    return is_there ? static_cast<std::uint8_t*>(OPENSSL_secure_malloc(size)) : nullptr;
}

std::size_t RoundToPages(std::size_t size) {
    static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return (size + page - 1) / page * page;
}

std::uint8_t* Allocate(std::size_t capacity) {
    if (capacity < kOwnPagesFrom)
        if (std::uint8_t* locked = AllocateLocked(capacity)) return locked;
    void* memory = mmap(nullptr, RoundToPages(capacity), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    madvise(memory, RoundToPages(capacity), MADV_DONTDUMP);
    return static_cast<std::uint8_t*>(memory);
}

void Free(std::uint8_t* data, std::size_t used, std::size_t capacity) {
    if (data == nullptr) return;
    WipeMemory(data, used);
    if (CRYPTO_secure_allocated(data) == 1) {
        OPENSSL_secure_free(data);
    } else {
        munmap(data, RoundToPages(capacity));
    }
}

}  // namespace

void WipeMemory(void* data, std::size_t size) { OPENSSL_cleanse(data, size); }

Secret::Secret(std::string_view bytes) { Append(bytes); }

Secret::Secret(std::span<const std::uint8_t> bytes)
    : Secret(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {}

Secret Secret::OfSize(std::size_t size) {
    Secret secret;
    secret.Reserve(size);
    if (size > 0) std::memset(secret.data_, 0, size);
    secret.size_ = size;
    return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    Wipe();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
}

Secret::~Secret() { Wipe(); }

void Secret::Append(std::string_view bytes) {
    if (bytes.empty()) return;
    Reserve(size_ + bytes.size());
    std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
}

void Secret::Wipe() {
    Free(data_, size_, capacity_);
    data_ = nullptr;
    size_ = capacity_ = 0;
}

void Secret::Reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    const std::size_t grown = std::max(capacity, capacity_ * 2);
    std::uint8_t* data = Allocate(grown);
    if (size_ > 0) std::memcpy(data, data_, size_);
    Free(data_, size_, capacity_);
    data_ = data;
    capacity_ = grown;
}

std::string_view Secret::Reveal() const { return {reinterpret_cast<const char*>(data_), size_}; }

bool operator==(const Secret& a, const Secret& b) {
    return a.size_ == b.size_ && (a.size_ == 0 || CRYPTO_memcmp(a.data_, b.data_, a.size_) == 0);
}

}  // namespace kamili
