#include "net/curl_multi.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"

namespace kamili::net {
namespace {

// Idle connections that are kept for the next request.
constexpr long kIdleConnectionsMax = 16;
// More at once wait for their turn: providers throttle a client that opens very many.
constexpr long kConnectionsPerHostMax = 8;

}  // namespace

CurlMulti::Watched::Watched(curl_socket_t socket) : own(dup(socket)) {
    if (own.get() >= 0) fcntl(own.get(), F_SETFD, FD_CLOEXEC);
}

CurlMulti::CurlMulti(Loop& loop) : loop_(loop), multi_(curl_multi_init()) {
    if (!multi_) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsPerHostMax);
}

CurlMulti::~CurlMulti() {
    Close();
    curl_multi_cleanup(multi_);
}

void CurlMulti::Close() {
    // Taken out first: what `done` holds may cancel others on its way out.
    const auto entries = std::exchange(entries_, {});
    for (const auto& [number, entry] : entries)
        curl_multi_remove_handle(multi_, entry.exchange->handle());
}

Subscription CurlMulti::Add(std::unique_ptr<CurlExchange> exchange) {
    KAMILI_CHECK(loop_.IsInside());
    const Number number = ++last_number_;
    CURL* easy = exchange->handle();
    entries_[number].exchange = std::move(exchange);
    ArmDeadline(number);
    KAMILI_CHECK(curl_multi_add_handle(multi_, easy) == CURLM_OK);
    return Subscription([weak = weak_from_this(), number] {
        if (const auto self = weak.lock()) self->Cancel(number);
    });
}

void CurlMulti::Cancel(Number number) {
    const auto entry = entries_.extract(number);
    if (!entry.empty()) curl_multi_remove_handle(multi_, entry.mapped().exchange->handle());
}

int CurlMulti::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
    static_cast<CurlMulti*>(self)->Watch(socket, what);
    return 0;
}

int CurlMulti::OnTimer(CURLM*, long milliseconds, void* self) noexcept {
    static_cast<CurlMulti*>(self)->SetTimer(milliseconds);
    return 0;
}

void CurlMulti::Watch(curl_socket_t socket, int what) {
    // The old watch goes first: a descriptor is watched once.
    sockets_.erase(socket);
    if (what == CURL_POLL_REMOVE) return;
    const IoEvents interest{.readable = (what & CURL_POLL_IN) != 0,
                            .writable = (what & CURL_POLL_OUT) != 0};
    Watched& watched = sockets_.try_emplace(socket, socket).first->second;
    // Without a number to spare the socket's own has to do.
    const int number = watched.own.get() >= 0 ? watched.own.get() : socket;
    watched.watch = loop_.WatchDescriptor(number, interest, [this, socket](IoEvents events) {
        const int ready = (events.readable ? CURL_CSELECT_IN : 0) |
                          (events.writable ? CURL_CSELECT_OUT : 0) |
                          (events.failed ? CURL_CSELECT_ERR : 0);
        Act(socket, ready);
    });
}

void CurlMulti::SetTimer(long milliseconds) {
    timer_.Cancel();
    if (milliseconds < 0) return;
    // Raised from 0: the threaded resolver asks for "now" repeatedly and would spin the loop.
    const auto wait = std::chrono::milliseconds(std::max(milliseconds, 1L));
    timer_ = loop_.RunAt(SystemClock().Now() + wait, [this] { Act(CURL_SOCKET_TIMEOUT, 0); });
}

void CurlMulti::Act(curl_socket_t socket, int events) {
    int running = 0;
    KAMILI_CHECK(curl_multi_socket_action(multi_, socket, events, &running) == CURLM_OK);
    CollectFinished();
}

void CurlMulti::CollectFinished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        // Copied before the handle is removed, which ends the message's life.
        CURL* easy = message->easy_handle;
        const CURLcode code = message->data.result;
        const Number number = NumberOf(easy);
        entries_.at(number).exchange->Finish(code);
        curl_multi_remove_handle(multi_, easy);
        Finished(number);
    }
}

CurlMulti::Number CurlMulti::NumberOf(CURL* easy) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& item) {
        return item.second.exchange->handle() == easy;
    });
    KAMILI_CHECK(found != entries_.end());
    return found->first;
}

// Armed again for as long as bytes come, so that they cost no timer each.
void CurlMulti::ArmDeadline(Number number) {
    Entry& entry = entries_.at(number);
    entry.deadline =
        loop_.RunAt(entry.exchange->NextLook(), [this, number] { OnDeadline(number); });
}

void CurlMulti::OnDeadline(Number number) {
    CurlExchange& exchange = *entries_.at(number).exchange;
    if (exchange.finished()) return;
    if (exchange.Deadline() > SystemClock().Now()) return ArmDeadline(number);
    curl_multi_remove_handle(multi_, exchange.handle());
    exchange.Fail(exchange.DeadlineError());
    Finished(number);
}

void CurlMulti::Finished(Number number) {
    finished_.push_back(number);
    if (std::exchange(delivery_posted_, true)) return;
    loop_.Post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->Deliver();
    });
}

void CurlMulti::Deliver() {
    delivery_posted_ = false;
    // What finishes meanwhile waits for the next turn.
    for (auto numbers = std::exchange(finished_, {}); !numbers.empty(); numbers.pop_front()) {
        auto entry = entries_.extract(numbers.front());
        // Cancelled meanwhile, perhaps by the one before it.
        if (!entry.empty()) entry.mapped().exchange->Deliver();
    }
}

}  // namespace kamili::net
