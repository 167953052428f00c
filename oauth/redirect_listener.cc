#include "oauth/redirect_listener.h"

#include <cpprest/http_listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>

#include <condition_variable>
#include <cstring>
#include <fstream>
#include <latch>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "oauth/redirect_page.h"

namespace kamili::oauth {
namespace {

namespace http = web::http;
using http::experimental::listener::http_listener;

// The dynamic range of RFC 6335. Port 0 would bind too, but cpprestsdk cannot say which one it got.
constexpr std::uint64_t kPortFirst = 49152;
constexpr std::uint64_t kPortCount = 65536 - kPortFirst;
constexpr int kPortAttempts = 20;
// One thread for the connection in hand, one so that a second connection is answered meanwhile.
constexpr std::size_t kPoolThreads = 2;

void StartSmallPool() {
    static std::once_flag once;
    std::call_once(once, [] {
        try {
            crossplat::threadpool::initialize_with_threads(kPoolThreads);
        } catch (const std::exception&) {
            // Somebody in this process started the pool already; then it has the size it has.
        }
    });
}

// Waits until the pool has done what stands in its queue. cpprestsdk goes on with its own affairs
// after an answer is written and a listener closed, and a process that ends meanwhile leaves them
// lying about. Once all threads are here together nothing older is left; what that brought into the
// queue is done after the second time. Never on a thread of the pool.
void SettlePool() {
    for (int round = 0; round < 2; ++round) {
        const auto here = std::make_shared<std::latch>(kPoolThreads + 1);
        for (std::size_t i = 0; i < kPoolThreads; ++i)
            crossplat::threadpool::shared_instance().service().post(
                [here] { here->arrive_and_wait(); });
        here->arrive_and_wait();
    }
}

bool NamesOnlyIpv6Loopback(const std::string& name) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return false;
    bool all = found != nullptr;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_family != AF_INET6) {
            all = false;
            continue;
        }
        sockaddr_in6 address{};
        std::memcpy(&address, entry->ai_addr, sizeof address);
        all = all && IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
    }
    freeaddrinfo(found);
    return all;
}

// cpprestsdk cannot parse "[::1]", so the address needs a name that means ::1 and nothing else;
// Debian has "ip6-localhost". Taken from the hosts file, so that no name server is ever asked.
std::optional<std::string> Ipv6LoopbackName() {
    std::ifstream hosts("/etc/hosts");
    for (std::string line; std::getline(hosts, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string address;
        if (!(words >> address) || address != "::1") continue;
        for (std::string name; words >> name;)
            if (NamesOnlyIpv6Loopback(name)) return name;
    }
    return std::nullopt;
}

http::http_response MakeResponse(http::status_code status, PageTone tone,
                                 const std::string& message) {
    http::http_response response(status);
    response.set_body(RedirectPage(tone, message), "text/html; charset=utf-8");
    response.headers().add("Content-Security-Policy", kRedirectPagePolicy);
    response.headers().add("X-Content-Type-Options", "nosniff");
    response.headers().add("Referrer-Policy", "no-referrer");
    response.headers().add("Cache-Control", "no-store");
    response.headers().add("Connection", "close");
    return response;
}

// The end of an answer that is on its way. The browser may have gone, which is not our problem.
void Ignore(const pplx::task<void>& answer) {
    try {
        answer.get();
    } catch (const std::exception&) {
        return;
    }
}

// Waits until the answer is written. Never on a thread of the pool: the pool writes it.
void AnswerNow(const http::http_request& request, const http::http_response& response) {
    Ignore(request.reply(response));
}

void Answer(const http::http_request& request, const http::http_response& response) {
    request.reply(response).then([](const pplx::task<void>& answer) { Ignore(answer); });
}

class HttpRedirectListener final : public RedirectListener {
  public:
    explicit HttpRedirectListener(RedirectListenerOptions options) : options_(options) {}
    ~HttpRedirectListener() override;

    // On 127.0.0.1 and, unless `ipv6_name` is null, on the address that it names.
    bool TryOpen(std::uint64_t port, const std::string* ipv6_name);

    std::string RedirectUri(model::Provider provider) const override;
    Result<RedirectParameters> Wait(std::chrono::milliseconds wait) override;
    void Finish(bool succeeded, const std::string& message) override;

  private:
    bool Listen(const std::string& host);
    void Close();
    void Handle(const http::http_request& request);
    void Hold(const http::http_request& request, RedirectParameters parameters);
    // Answers the browser that waits without an outcome.
    void LetGo(const std::string& message);
    void WatchHeld();

    RedirectListenerOptions options_;
    std::uint64_t port_ = 0;
    std::vector<std::unique_ptr<http_listener>> listeners_;

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    bool stopping_ = false;
    bool taken_ = false;                         // Wait has given `current_` away
    std::optional<RedirectParameters> current_;  // from arrival until Finish
    std::optional<http::http_request> held_;     // the browser that waits for Finish
    std::chrono::steady_clock::time_point held_until_;

    std::thread watcher_;
};

HttpRedirectListener::~HttpRedirectListener() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (watcher_.joinable()) watcher_.join();
    // Closing waits for every request, so the held one must have its answer first.
    LetGo("");
    Close();
    SettlePool();
}

void HttpRedirectListener::Close() {
    for (const auto& listener : listeners_) {
        try {
            listener->close().wait();
        } catch (const std::exception&) {
            // It never opened.
            continue;
        }
    }
    listeners_.clear();
}

bool HttpRedirectListener::Listen(const std::string& host) {
    try {
        const std::string address = "http://" + host + ":" + std::to_string(port_) + "/";
        auto listener = std::make_unique<http_listener>(web::uri(address));
        listener->support([this](const http::http_request& request) { Handle(request); });
        listener->open().wait();
        listeners_.push_back(std::move(listener));
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

bool HttpRedirectListener::TryOpen(std::uint64_t port, const std::string* ipv6_name) {
    port_ = port;
    if (!Listen("127.0.0.1")) return false;
    // A port that somebody else holds on ::1 will not do: "localhost" could lead there.
    if (ipv6_name != nullptr && !Listen(*ipv6_name)) {
        Close();
        return false;
    }
    watcher_ = std::thread([this] { WatchHeld(); });
    return true;
}

std::string HttpRedirectListener::RedirectUri(model::Provider provider) const {
    const bool google = provider == model::Provider::kGoogle;
    return std::string(google ? "http://127.0.0.1:" : "http://localhost:") + std::to_string(port_) +
           "/";
}

void HttpRedirectListener::Handle(const http::http_request& request) {
    if (request.method() != http::methods::GET) {
        auto response = MakeResponse(http::status_codes::MethodNotAllowed, PageTone::kFailure,
                                     "This address only takes the end of a sign-in.");
        response.headers().add("Allow", "GET");
        return Answer(request, response);
    }
    const std::string target = request.request_uri().to_string();
    const bool at_root = request.request_uri().path() == "/";
    auto parameters = ParseRedirectAddress(RedirectUri(model::Provider::kGoogle) +
                                           target.substr(target.starts_with('/') ? 1 : 0));
    if (!at_root || !parameters || !parameters->contains("state"))
        return Answer(request, MakeResponse(http::status_codes::NotFound, PageTone::kFailure,
                                            "There is nothing at this address."));
    Hold(request, *std::move(parameters));
}

void HttpRedirectListener::Hold(const http::http_request& request, RedirectParameters parameters) {
    std::optional<http::http_request> replaced;
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && (!current_ || *current_ == parameters)) {
            // The same address once more is a reload: the older request has lost its reader.
            replaced = std::exchange(held_, request);
            held_until_ = std::chrono::steady_clock::now() + options_.hold_max;
            if (!current_) {
                current_ = std::move(parameters);
                taken_ = false;
            }
        } else {
            replaced = request;
        }
    }
    changed_.notify_all();
    if (replaced)
        Answer(*replaced, MakeResponse(http::status_codes::Conflict, PageTone::kWaiting,
                                       "This sign-in is already being finished."));
}

Result<RedirectParameters> HttpRedirectListener::Wait(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, wait, [this] { return current_ && !taken_; }))
        return Error{.kind = ErrorKind::kTimeout, .message = "no redirect came back"};
    taken_ = true;
    return *current_;
}

void HttpRedirectListener::Finish(bool succeeded, const std::string& message) {
    std::optional<http::http_request> request;
    {
        // Ready for another redirect before the browser can know the outcome of this one.
        const std::lock_guard lock(mutex_);
        request = std::exchange(held_, std::nullopt);
        current_.reset();
        taken_ = false;
    }
    const PageTone tone = succeeded ? PageTone::kSuccess : PageTone::kFailure;
    if (request) AnswerNow(*request, MakeResponse(http::status_codes::OK, tone, message));
}

void HttpRedirectListener::LetGo(const std::string& message) {
    std::optional<http::http_request> request;
    {
        const std::lock_guard lock(mutex_);
        request = std::exchange(held_, std::nullopt);
    }
    if (request)
        AnswerNow(*request, MakeResponse(http::status_codes::OK, PageTone::kWaiting, message));
}

// A thread of its own: whoever waits for the outcome is busy elsewhere when the time is over.
void HttpRedirectListener::WatchHeld() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (!held_) {
            changed_.wait(lock);
            continue;
        }
        changed_.wait_until(lock, held_until_);
        if (!held_ || std::chrono::steady_clock::now() < held_until_) continue;
        lock.unlock();
        LetGo("This takes longer than usual.");
        lock.lock();
    }
}

}  // namespace

Result<std::unique_ptr<RedirectListener>> RedirectListener::Open(Random& random,
                                                                 RedirectListenerOptions options) {
    StartSmallPool();
    const std::optional<std::string> ipv6_name = Ipv6LoopbackName();
    // Without IPv6 in the kernel every attempt at ::1 fails, so the second half goes without.
    for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
        auto listener = std::make_unique<HttpRedirectListener>(options);
        const std::uint64_t port = kPortFirst + random.Below(kPortCount);
        const bool try_ipv6 = ipv6_name && attempt < kPortAttempts / 2;
        if (listener->TryOpen(port, try_ipv6 ? &*ipv6_name : nullptr))
            return std::unique_ptr<RedirectListener>(std::move(listener));
    }
    return Error{.kind = ErrorKind::kSystem,
                 .message = "no loopback port could be opened for the sign-in"};
}

}  // namespace kamili::oauth
