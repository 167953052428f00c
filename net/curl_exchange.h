#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "net/curl_transport.h"
#include "net/url.h"

namespace kamili::net {

// One request on its way and the reply that grows: a curl easy handle and everything it points to.
// Loop thread only.
class CurlExchange {
  public:
    // `url` is the request's, parsed and found allowed.
    CurlExchange(const CurlOptions& options, Request request, const Url& url, Transport::Done done);
    CurlExchange(const CurlExchange&) = delete;
    CurlExchange& operator=(const CurlExchange&) = delete;

    CURL* handle() const { return easy_.get(); }
    // When a limit of ours passes unless a byte comes before. The idle limit begins with the
    // connection: an exchange may wait for its turn, and connecting has a limit of its own.
    Instant Deadline() const;
    // When to look at Deadline again at the latest, since it comes nearer with the connection.
    Instant NextLook() const;
    // Which one it was, once Deadline is past.
    Error DeadlineError() const;

    // The transfer has ended as curl says.
    void Finish(CURLcode code);
    // It ends for a reason of ours.
    void Fail(Error error) { outcome_ = std::move(error); }
    bool finished() const { return outcome_.has_value(); }
    // Calls `done`; once, when finished.
    void Deliver();

  private:
    struct CleanEasy {
        void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
    };
    // A header list holds the token, so it is wiped.
    struct WipeList {
        void operator()(curl_slist* list) const noexcept;
    };

    static std::size_t OnBody(char* data, std::size_t, std::size_t size, void* self) noexcept;
    static std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* self) noexcept;
    static int OnConnected(void* self, char*, char*, int, int) noexcept;
    static int OnProgress(void* self, curl_off_t, curl_off_t received, curl_off_t,
                          curl_off_t sent) noexcept;

    void SetOptions(const CurlOptions& options, const Url& url);
    void SetTrust(const CurlOptions& options);
    void SetBody();
    void SetHeaders();
    void AddHeader(const std::string& name, std::string_view value);
    void AppendLine(const char* line);
    bool TakeBody(std::string_view bytes);
    bool TakeHeader(std::string_view line);
    void NoteByte() { last_byte_ = SystemClock().Now(); }

    Request request_;
    Transport::Done done_;
    Response response_;
    std::size_t header_bytes_ = 0;
    curl_off_t bytes_moved_ = 0;
    const Instant started_;
    std::optional<Instant> last_byte_;  // none before the connection is there
    const char* broken_limit_ = nullptr;
    std::optional<Result<Response>> outcome_;
    // The handle last, so that it goes before what it points to.
    std::unique_ptr<curl_slist, WipeList> headers_;
    std::unique_ptr<CURL, CleanEasy> easy_;
};

// May the request be made of text that stays on its line? kRejected otherwise.
Status CheckHeaders(const Request& request);

}  // namespace kamili::net
