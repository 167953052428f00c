#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/random.h"
#include "storage/store.h"
#include "tests/support/fake_loop.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_folder.h"

namespace kamili::testing {

inline Secret TestKey(std::uint8_t fill = 7) {
    Secret key = Secret::OfSize(32);
    for (auto& byte : key.writable()) byte = fill;
    return key;
}

// A real encrypted store in a folder of its own, driven by a fake loop on this thread.
class TestStore {
  public:
    enum class Begin { kOpen, kClosed };
    explicit TestStore(FakeLoop& loop, storage::StoreOptions options = {},
                       Begin begin = Begin::kOpen)
        : loop_(loop), executor_(loop), options_(std::move(options)) {
        options_.path = path();
        if (begin == Begin::kOpen && !Open()) std::fputs((error.message + "\n").c_str(), stderr);
    }

    // Opens it (again); the error is left in `error`.
    bool Open(std::uint8_t key = 7) {
        auto opened = storage::Store::Open(options_, TestKey(key), loop_, executor_, {&executor_},
                                           random_, log_);
        if (!opened) {
            error = std::move(opened).error();
            return false;
        }
        store_ = std::move(*opened);
        return true;
    }
    void Close() {
        if (store_) store_->Close();
        store_.reset();
    }
    storage::Store& operator*() { return *store_; }
    storage::Store* operator->() { return store_.get(); }
    std::string path() const { return folder_.File("store.db"); }
    const std::string& folder() const { return folder_.path(); }
    MemoryLog& log() { return log_; }
    std::vector<std::string> log_lines() const { return log_.lines(); }
    bool is_open() const { return store_ != nullptr; }

    Status Write(storage::Store::WriteJob job) {
        Status out = Error{.kind = ErrorKind::kCancelled, .message = "did not run"};
        store_->Write(std::move(job), [&](Status status) { out = std::move(status); });
        loop_.RunPosted();
        return out;
    }
    Status Read(storage::Store::ReadJob job) {
        Status out = Error{.kind = ErrorKind::kCancelled, .message = "did not run"};
        store_->Read(std::move(job), [&](Status status) { out = std::move(status); });
        loop_.RunPosted();
        return out;
    }

    Error error;

  private:
    FakeLoop& loop_;
    LoopExecutor executor_;
    SystemRandom random_;
    MemoryLog log_;
    TempFolder folder_;
    storage::StoreOptions options_;
    std::unique_ptr<storage::Store> store_;
};

}  // namespace kamili::testing
