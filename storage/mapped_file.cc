#include "storage/mapped_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>

#include "base/check.h"

namespace kamili::storage {
namespace {

// Where this thread goes on when the copy it is making faults.
thread_local sigjmp_buf* way_out = nullptr;
struct sigaction handler_before {};

void OnBusError(int signal, siginfo_t* about, void* context) {
    if (way_out) {
        // The signals that a return would allow again; the jump leaves them as they are.
        pthread_sigmask(SIG_SETMASK, &static_cast<ucontext_t*>(context)->uc_sigmask, nullptr);
        siglongjmp(*way_out, 1);
    }
    // As if this handler were not there: what faulted does so again.
    sigaction(signal, &handler_before, nullptr);
    if (about->si_code <= 0) raise(signal);
}

void TakeBusErrors() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action {};
        action.sa_sigaction = OnBusError;
        action.sa_flags = SA_SIGINFO;
        KAMILI_CHECK(sigaction(SIGBUS, &action, &handler_before) == 0);
    });
}

}  // namespace

std::unique_ptr<MappedFile> MappedFile::Open(const std::string& path, std::size_t bytes) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return nullptr;
    void* data = bytes == 0 ? MAP_FAILED : mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (data == MAP_FAILED) return nullptr;
    TakeBusErrors();
    return std::unique_ptr<MappedFile>(new MappedFile(data, bytes));
}

MappedFile::~MappedFile() { munmap(data_, bytes_); }

void MappedFile::Forget() const { madvise(data_, bytes_, MADV_DONTNEED); }

bool MappedFile::Copy(std::size_t at, std::size_t size, std::uint8_t* out) const {
    if (at > bytes_ || size > bytes_ - at) return false;
    sigjmp_buf back;
    if (sigsetjmp(back, /*savemask=*/0) != 0) {
        way_out = nullptr;
        return false;
    }
    way_out = &back;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::memcpy(out, static_cast<const std::uint8_t*>(data_) + at, size);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    way_out = nullptr;
    return true;
}

}  // namespace kamili::storage
