#include "ipc/pending_call.h"

#include <nlohmann/json.hpp>

#include "ipc/connection.h"
#include "ipc/error_name.h"

namespace kamili::ipc {

using nlohmann::json;

PendingCall::PendingCall(Loop& loop, std::weak_ptr<Connection> connection, CallMessage message,
                         Peer peer, std::string interface_name)
    : loop_(loop),
      connection_(std::move(connection)),
      message_(std::move(message)),
      peer_(peer),
      interface_name_(std::move(interface_name)) {}

PendingCall::~PendingCall() {
    if (answered_ || closed_) return;
    Fail({.kind = ErrorKind::kSystem, .message = "the method gave no answer"});
}

bool PendingCall::TakeTurn() {
    KAMILI_CHECK(loop_.IsInside());
    if (closed_) return false;
    // Answering twice is a bug: the second answer would be taken for that of the next call.
    KAMILI_CHECK(!answered_);
    answered_ = true;
    // What waits may hold this call: the circle is broken here.
    when_writable_ = Task();
    when_closed_ = Task();
    return true;
}

void PendingCall::End(std::string frame) {
    // What waits may be the last to hold this call. (Nothing to hold while it is being destroyed.)
    const auto self = weak_from_this().lock();
    if (!TakeTurn()) return;
    const auto connection = connection_.lock();
    if (!connection) return;
    if (!oneway()) connection->Send(std::move(frame));
    connection->CallEnded(*this);
}

void PendingCall::Reply(json parameters) {
    End(MakeFrame({{"parameters", std::move(parameters)}}));
}

void PendingCall::ReplyText(std::string_view parameters) {
    End(MakeFrameOf(parameters, Continues::kNo));
}

void PendingCall::Continue(json parameters) {
    SendOneOfMany(MakeFrame({{"parameters", std::move(parameters)}, {"continues", true}}));
}

void PendingCall::ContinueText(std::string_view parameters) {
    SendOneOfMany(MakeFrameOf(parameters, Continues::kYes));
}

void PendingCall::SendOneOfMany(std::string frame) {
    KAMILI_CHECK(loop_.IsInside());
    KAMILI_CHECK(more() && !answered_);
    if (closed_) return;
    if (const auto connection = connection_.lock()) connection->Send(std::move(frame));
}

void PendingCall::Fail(const Error& error) {
    End(MakeFrame({{"error", interface_name_ + "." + VarlinkErrorName(error.kind)},
                   {"parameters", {{"message", error.message}, {"hint", error.hint}}}}));
}

void PendingCall::FailParameter(const std::string& parameter) {
    FailService("InvalidParameter", "parameter", parameter);
}

void PendingCall::FailService(const char* error, const char* parameter, const std::string& value) {
    End(MakeFrame({{"error", std::string("org.varlink.service.") + error},
                   {"parameters", {{parameter, value}}}}));
}

bool PendingCall::writable() const {
    if (closed_ || oneway()) return true;
    const auto connection = connection_.lock();
    return !connection || connection->writable();
}

void PendingCall::WhenWritable(Task task) {
    KAMILI_CHECK(loop_.IsInside());
    if (closed_ || answered_) return;
    when_writable_ = std::move(task);
    if (!writable()) return;
    // Never from inside: the caller may be in the middle of something.
    std::weak_ptr<Connection> connection = connection_;
    loop_.Post([connection = std::move(connection)] {
        if (const auto alive = connection.lock()) alive->TellIfWritable();
    });
}

void PendingCall::WhenClosed(Task task) {
    KAMILI_CHECK(loop_.IsInside());
    if (answered_) return;
    if (closed_)
        loop_.Post(std::move(task));
    else
        when_closed_ = std::move(task);
}

void PendingCall::OnWritable() {
    if (auto task = std::exchange(when_writable_, Task())) task();
}

void PendingCall::OnClosed() {
    // What waits may be the last to hold this call.
    const auto self = shared_from_this();
    closed_ = true;
    when_writable_ = Task();
    if (auto task = std::exchange(when_closed_, Task())) task();
}

}  // namespace kamili::ipc
