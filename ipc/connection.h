#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/loop.h"
#include "ipc/frame_reader.h"
#include "ipc/server.h"

namespace kamili::ipc {

class PendingCall;

// One client. Reads its calls, hands them over one at a time, sends the answers, and closes itself
// past a limit. Held by a shared_ptr of its own while a callback runs. Loop thread only.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    // What a connection needs of its server, which outlives it.
    struct Surroundings {
        Loop& loop;
        Log& log;
        const ServerOptions& options;
        const std::string& interface_name;
        UniqueFunction<void(const std::shared_ptr<PendingCall>&)> dispatch;
        UniqueFunction<void(std::uint64_t number)> on_closed;  // drop it; not from inside Close
    };

    // Takes the descriptor.
    Connection(Surroundings& surroundings, std::uint64_t number, int descriptor, Peer peer);
    ~Connection();

    void Start() { UpdateWatch(); }
    // Drops the client at once; a call in flight is told. Does not call on_closed.
    void Close();

    bool Serves(const Call& call) const;

    // Of PendingCall alone.
    void Send(std::string frame);
    void CallEnded(const PendingCall& call);
    bool writable() const { return unsent() <= surroundings_.options.unsent_bytes_low; }
    void TellIfWritable();

  private:
    std::size_t unsent() const { return out_.size() - out_start_; }
    bool reading() const;
    void OnEvents(IoEvents events);
    void OnPeerGone();
    // False once there is nothing more to come.
    bool ReadSome();
    void Flush();
    void WatchUnsent(std::size_t before);
    void Pump();
    void PumpLater();
    void Serve(const std::string& frame);
    void UpdateWatch();
    void UpdateFrameTimer();
    void CloseBecause(std::string_view reason);
    void CloseIfDone();
    void Leave();

    Surroundings& surroundings_;
    const std::uint64_t number_;
    int descriptor_;
    const Peer peer_;
    FrameReader frames_;
    std::string out_;
    std::size_t out_start_ = 0;
    PendingCall* current_ = nullptr;  // it says CallEnded before it goes
    bool closed_ = false;
    bool input_ended_ = false;  // the client sends no more but may still read
    bool peer_gone_ = false;    // nobody reads: only oneway calls are still served
    bool pumping_ = false;
    bool pump_posted_ = false;
    IoEvents watched_;
    Subscription watch_;
    Subscription frame_timer_;   // half a frame has come
    Subscription unsent_timer_;  // more than the limit waits
};

}  // namespace kamili::ipc
