#pragma once

#include <memory>
#include <string>

#include "base/loop.h"
#include "ipc/call.h"
#include "ipc/message.h"

namespace kamili::ipc {

class Connection;

// The Call of a Connection. Dropped unanswered, it fails with kSystem, so that a mistake in a
// handler does not block the client for ever.
class PendingCall final : public Call, public std::enable_shared_from_this<PendingCall> {
  public:
    PendingCall(Loop& loop, std::weak_ptr<Connection> connection, CallMessage message, Peer peer,
                std::string interface_name);
    ~PendingCall() override;

    const std::string& method() const override { return message_.method; }
    const nlohmann::json& parameters() const override { return *message_.parameters; }
    bool more() const override { return message_.more; }
    bool oneway() const { return message_.oneway; }
    bool upgrade() const { return message_.upgrade; }
    const Peer& peer() const override { return peer_; }

    void Reply(nlohmann::json parameters) override;
    void Continue(nlohmann::json parameters) override;
    void ReplyText(std::string_view parameters) override;
    void ContinueText(std::string_view parameters) override;
    void Fail(const Error& error) override;
    void FailParameter(const std::string& parameter) override;
    // Ends the call with org.varlink.service.`error` and one parameter.
    void FailService(const char* error, const char* parameter, const std::string& value);

    bool writable() const override;
    void WhenWritable(Task task) override;
    void WhenClosed(Task task) override;
    bool closed() const override { return closed_; }

    // Of the connection alone.
    void OnWritable();
    void OnClosed();

  private:
    // True for the one answer that ends the call while somebody waits for it.
    bool TakeTurn();
    void End(std::string frame);
    void SendOneOfMany(std::string frame);

    Loop& loop_;
    std::weak_ptr<Connection> connection_;
    CallMessage message_;
    Peer peer_;
    const std::string interface_name_;  // a copy: a call may outlive its server
    bool answered_ = false;
    bool closed_ = false;
    Task when_writable_;
    Task when_closed_;
};

}  // namespace kamili::ipc
