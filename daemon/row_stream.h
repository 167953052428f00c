#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "daemon/json_text.h"
#include "daemon/methods.h"

namespace kamili::daemon {

// An answer under `more` whose rows arrive while others are still read: sent in parts of at most
// kPartRows, at the client's pace. Loop thread only, but for `wanted`.
class RowStream : public std::enable_shared_from_this<RowStream> {
  public:
    // What stands beside the rows is in `frame`, the rows under `field`.
    RowStream(CallPointer call, nlohmann::json frame, const char* field);
    ~RowStream();

    void Push(WrittenRows rows, bool complete);
    // The last rows, or what went wrong.
    void End(Result<WrittenRows> rows, bool complete);
    // False once the client has gone: nobody needs the rest. Any thread.
    bool wanted() const { return wanted_; }

  private:
    void Send();
    // True if there was something to send now.
    bool SendPart();

    CallPointer call_;
    const std::unique_ptr<nlohmann::json> frame_;
    const char* field_;
    std::string head_;
    std::deque<WrittenRows> queue_;
    std::size_t next_ = 0;  // row of the first in the queue
    bool ended_ = false;
    bool waits_ = false;  // for the client
    std::optional<Error> error_;
    std::atomic<bool> wanted_{true};
};

}  // namespace kamili::daemon
