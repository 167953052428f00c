#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace kamili::storage {

// The first bytes of a file, mapped for reading: what is taken out costs no call to the kernel.
// Takes SIGBUS for the process, and leaves it alone where it is not about a copy from here.
class MappedFile {
  public:
    // `bytes` may lie beyond the end of the file, which may grow. Nothing when the system gives no
    // mapping. Closing any descriptor of a file drops the process's locks of it, and one is closed
    // here: only before SQLite has the file open.
    static std::unique_ptr<MappedFile> Open(const std::string& path, std::size_t bytes);
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    // False when the bytes cannot be had this way: beyond what is mapped or the end of the file,
    // or on a disk that fails. `out` is then undefined. Any thread.
    bool Copy(std::size_t at, std::size_t size, std::uint8_t* out) const;
    // What was read no longer counts as memory of the process; reading it again is a page fault.
    // Any thread.
    void Forget() const;

  private:
    MappedFile(void* data, std::size_t bytes) : data_(data), bytes_(bytes) {}

    void* data_;
    std::size_t bytes_;
};

}  // namespace kamili::storage
