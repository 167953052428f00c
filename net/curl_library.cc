#include "net/curl_library.h"

#include <curl/curl.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/secret.h"

namespace kamili::net {
namespace {

void* Allocate(std::size_t size) noexcept { return std::malloc(size); }

void Release(void* memory) noexcept {
    if (!memory) return;
    WipeMemory(memory, malloc_usable_size(memory));
    std::free(memory);
}

// realloc(3) leaves the old content behind when it moves, so it is done by hand.
void* Resize(void* memory, std::size_t size) noexcept {
    void* larger = std::malloc(size);
    if (!larger || !memory) return larger;
    std::memcpy(larger, memory, std::min(size, malloc_usable_size(memory)));
    Release(memory);
    return larger;
}

char* Duplicate(const char* text) noexcept {
    const std::size_t size = std::strlen(text) + 1;
    void* copy = std::malloc(size);
    return copy ? static_cast<char*>(std::memcpy(copy, text, size)) : nullptr;
}

void* AllocateZeroed(std::size_t count, std::size_t size) noexcept {
    return std::calloc(count, size);
}

}  // namespace

Status StartCurl() {
    static const CURLcode code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, Allocate, Release,
                                                      Resize, Duplicate, AllocateZeroed);
    if (code == CURLE_OK) return {};
    return Error{.kind = ErrorKind::kSystem, .message = "libcurl does not start"};
}

}  // namespace kamili::net
