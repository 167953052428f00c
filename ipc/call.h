#pragma once

#include <sys/types.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_function.h"

namespace kamili::ipc {

struct Peer {
    uid_t uid = 0;
    pid_t pid = 0;
};

// One call of a client that waits for its answer. Handlers keep it by shared_ptr until they have
// answered; the connection serves the next call only then. Loop thread only. Every method is safe
// when the client has gone: it does nothing.
class Call {
  public:
    virtual ~Call() = default;

    virtual const std::string& method() const = 0;         // full name
    virtual const nlohmann::json& parameters() const = 0;  // always an object
    virtual bool more() const = 0;
    virtual const Peer& peer() const = 0;

    // The last answer.
    virtual void Reply(nlohmann::json parameters) = 0;
    // One of several answers; a bug unless more().
    virtual void Continue(nlohmann::json parameters) = 0;
    // The same two for parameters that were written as text already: one JSON object, UTF-8. Made
    // for answers of thousands of rows, which would be built and taken down as trees otherwise.
    virtual void ReplyText(std::string_view parameters) = 0;
    virtual void ContinueText(std::string_view parameters) = 0;
    // Ends the call with an error of the interface: "<interface>.<Kind>" with message and hint.
    virtual void Fail(const Error& error) = 0;
    // Ends the call with org.varlink.service.InvalidParameter.
    virtual void FailParameter(const std::string& parameter) = 0;

    // May more be sent without piling up? False once the client reads too slowly.
    virtual bool writable() const = 0;
    // Calls `task` once, when it is writable again. One at a time.
    virtual void WhenWritable(Task task) = 0;
    // Calls `task` once, when the client has gone before the call was answered.
    virtual void WhenClosed(Task task) = 0;
    virtual bool closed() const = 0;
};

using Handler = UniqueFunction<void(std::shared_ptr<Call>)>;

}  // namespace kamili::ipc
