#pragma once

#include <curl/curl.h>

#include <deque>
#include <map>
#include <memory>

#include "base/descriptor.h"
#include "base/loop.h"
#include "net/curl_exchange.h"

namespace kamili::net {

// Moves exchanges along inside the loop: curl says which descriptors and which timer it waits for,
// the loop tells it when they are ready. Replies are delivered from a posted task, never from
// inside a call of curl, so `done` may do anything: send, cancel, drop the transport. Loop thread
// only.
class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
  public:
    explicit CurlMulti(Loop& loop);
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    // Starts it. Dropping the subscription ends it.
    Subscription Add(std::unique_ptr<CurlExchange> exchange);
    // Ends every exchange without a word.
    void Close();

  private:
    using Number = std::uint64_t;
    struct Entry {
        std::unique_ptr<CurlExchange> exchange;
        Subscription deadline;
    };

    // libcurl closes a connection that is being made before it says that it need not be watched; by
    // then another thread may have got the number for a file of its own. So a number of ours for
    // the same socket is watched.
    struct Watched {
        explicit Watched(curl_socket_t socket);
        Descriptor own;
        Subscription watch;
    };

    static int OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept;
    static int OnTimer(CURLM*, long milliseconds, void* self) noexcept;

    void Watch(curl_socket_t socket, int what);
    void SetTimer(long milliseconds);
    void Act(curl_socket_t socket, int events);
    void ArmDeadline(Number number);
    void OnDeadline(Number number);
    void Cancel(Number number);
    void Finished(Number number);
    void CollectFinished();
    void Deliver();
    Number NumberOf(CURL* easy) const;

    Loop& loop_;
    CURLM* multi_;
    Number last_number_ = 0;
    std::map<Number, Entry> entries_;
    std::deque<Number> finished_;
    bool delivery_posted_ = false;
    std::map<curl_socket_t, Watched> sockets_;
    Subscription timer_;
};

}  // namespace kamili::net
