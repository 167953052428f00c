#include "net/curl_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "net/curl_error.h"

namespace kamili::net {
namespace {

// Every option below exists in the curl that we build against; a refusal is a mistake of ours.
template <typename T>
void Set(CURL* easy, CURLoption option, T value) {
    KAMILI_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

bool StaysOnItsLine(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

std::string_view TrimValue(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

long TlsVersion(TlsMinimum minimum) {
    return minimum == TlsMinimum::k13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2;
}

}  // namespace

Status CheckHeaders(const Request& request) {
    const bool plain =
        StaysOnItsLine(request.bearer.Reveal()) && StaysOnItsLine(request.content_type) &&
        std::all_of(request.headers.begin(), request.headers.end(), [](const Header& header) {
            return !header.name.empty() && header.name.find(':') == std::string::npos &&
                   StaysOnItsLine(header.name) && StaysOnItsLine(header.value);
        });
    if (plain) return {};
    return Error{.kind = ErrorKind::kRejected, .message = "a header is not one line of text"};
}

void CurlExchange::WipeList::operator()(curl_slist* list) const noexcept {
    for (curl_slist* item = list; item; item = item->next)
        WipeMemory(item->data, std::strlen(item->data));
    curl_slist_free_all(list);
}

CurlExchange::CurlExchange(const CurlOptions& options, Request request, const Url& url,
                           Transport::Done done)
    : request_(std::move(request)),
      done_(std::move(done)),
      started_(SystemClock().Now()),
      easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    SetOptions(options, url);
    SetTrust(options);
    SetBody();
    SetHeaders();
}

void CurlExchange::SetOptions(const CurlOptions& options, const Url& url) {
    CURL* easy = easy_.get();
    // Put together from what was checked, so that curl cannot read another host from it than we.
    const std::string address =
        url.Origin() + url.path + (url.query.empty() ? "" : "?" + url.query);
    Set(easy, CURLOPT_URL, address.c_str());
    Set(easy, CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
    Set(easy, CURLOPT_PATH_AS_IS, 1L);
    Set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    Set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    Set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    Set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
    Set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(easy, CURLOPT_NOSIGNAL, 1L);
    // Without it, cancelling would wait for a name to be resolved.
    Set(easy, CURLOPT_QUICK_EXIT, 1L);
    // A second stream on a connection that is being made is better than a second connection.
    Set(easy, CURLOPT_PIPEWAIT, url.scheme == "https" ? 1L : 0L);
    // curl repeats a request when a reused connection turns out dead. A POST may have been carried
    // out (a refresh token used up), so it gets a connection of its own.
    Set(easy, CURLOPT_FRESH_CONNECT, request_.method == Method::kPost ? 1L : 0L);
    Set(easy, CURLOPT_CONNECTTIMEOUT_MS,
        std::max<long>(1, static_cast<long>(request_.limits.connect.count())));
    // Empty: none, also not from the environment.
    if (url.IsLoopback() || url.host == "localhost") Set(easy, CURLOPT_PROXY, "");
    Set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

    Set(easy, CURLOPT_WRITEFUNCTION, &CurlExchange::OnBody);
    Set(easy, CURLOPT_WRITEDATA, this);
    Set(easy, CURLOPT_HEADERFUNCTION, &CurlExchange::OnHeader);
    Set(easy, CURLOPT_HEADERDATA, this);
    Set(easy, CURLOPT_PREREQFUNCTION, &CurlExchange::OnConnected);
    Set(easy, CURLOPT_PREREQDATA, this);
    Set(easy, CURLOPT_XFERINFOFUNCTION, &CurlExchange::OnProgress);
    Set(easy, CURLOPT_XFERINFODATA, this);
    Set(easy, CURLOPT_NOPROGRESS, 0L);
    Set(easy, CURLOPT_PRIVATE, this);
}

void CurlExchange::SetTrust(const CurlOptions& options) {
    CURL* easy = easy_.get();
    Set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    Set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    Set(easy, CURLOPT_SSLVERSION, TlsVersion(options.tls_minimum));
    if (options.ca_file.empty()) return;
    Set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    // The system's folder would stay trusted beside the file.
    Set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

// The body stays in the Secret, which outlives the transfer. curl copies a small one behind the
// header, into memory that StartCurl's allocator wipes.
void CurlExchange::SetBody() {
    CURL* easy = easy_.get();
    const bool has_body = request_.method != Method::kGet &&
                          (request_.method != Method::kDelete || !request_.body.empty());
    if (has_body) {
        const std::string_view body = request_.body.Reveal();
        Set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        Set(easy, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
    }
    Set(easy, CURLOPT_CUSTOMREQUEST, Text(request_.method).data());
}

void CurlExchange::AppendLine(const char* line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line);
    if (!longer) throw std::bad_alloc();
    // It is the same list, unless it was empty.
    [[maybe_unused]] auto* same = headers_.release();
    headers_.reset(longer);
}

void CurlExchange::AddHeader(const std::string& name, std::string_view value) {
    // "name;" is how curl is told to send a header without a value.
    std::string line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
    AppendLine(line.c_str());
    WipeMemory(line.data(), line.size());
}

void CurlExchange::SetHeaders() {
    for (const Header& header : request_.headers) AddHeader(header.name, header.value);
    if (!request_.content_type.empty()) AddHeader("Content-Type", request_.content_type);
    if (!request_.bearer.empty()) {
        Secret value(std::string_view("Bearer "));
        value.Append(request_.bearer.Reveal());
        AddHeader("Authorization", value.Reveal());
    }
    // curl would ask the server first before it sends a large body, and wait a second for it.
    AppendLine("Expect:");
    if (request_.content_type.empty()) AppendLine("Content-Type:");
    Set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
    // The token is for the server, not for a proxy on the way.
    Set(easy_.get(), CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
}

Instant CurlExchange::Deadline() const {
    const Instant last = started_ + request_.limits.total;
    return last_byte_ ? std::min(last, *last_byte_ + request_.limits.idle) : last;
}

Instant CurlExchange::NextLook() const {
    return std::min(Deadline(), SystemClock().Now() + request_.limits.idle);
}

Error CurlExchange::DeadlineError() const {
    const bool total = SystemClock().Now() >= started_ + request_.limits.total;
    return {.kind = ErrorKind::kTimeout,
            .message = total ? "the exchange took too long" : "no byte came for too long"};
}

void CurlExchange::Finish(CURLcode code) {
    if (broken_limit_) {
        Fail({.kind = ErrorKind::kBadReply, .message = broken_limit_});
    } else if (code != CURLE_OK) {
        Fail(ToError(code, response_.status != 0));
    } else {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        response_.status = static_cast<int>(status);
        outcome_ = std::move(response_);
    }
}

void CurlExchange::Deliver() {
    KAMILI_CHECK(outcome_.has_value());
    auto done = std::exchange(done_, Transport::Done());
    done(std::move(*outcome_));
}

std::size_t CurlExchange::OnBody(char* data, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<CurlExchange*>(self)->TakeBody({data, size}) ? size : CURL_WRITEFUNC_ERROR;
}

std::size_t CurlExchange::OnHeader(char* data, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<CurlExchange*>(self)->TakeHeader({data, size}) ? size : CURL_WRITEFUNC_ERROR;
}

int CurlExchange::OnConnected(void* self, char*, char*, int, int) noexcept {
    static_cast<CurlExchange*>(self)->NoteByte();
    return CURL_PREREQFUNC_OK;
}

// Called whenever curl has looked at the transfer, moved anything or not.
int CurlExchange::OnProgress(void* self, curl_off_t, curl_off_t received, curl_off_t,
                             curl_off_t sent) noexcept {
    auto& exchange = *static_cast<CurlExchange*>(self);
    if (received + sent != exchange.bytes_moved_) exchange.NoteByte();
    exchange.bytes_moved_ = received + sent;
    return 0;
}

bool CurlExchange::TakeBody(std::string_view bytes) {
    NoteByte();
    if (bytes.size() > request_.limits.body_bytes_max - response_.body.size()) {
        broken_limit_ = "the body is too large";
        return false;
    }
    response_.body.Append(bytes);
    return true;
}

bool CurlExchange::TakeHeader(std::string_view line) {
    NoteByte();
    header_bytes_ += line.size();
    if (header_bytes_ > request_.limits.header_bytes_max) {
        broken_limit_ = "the header is too large";
        return false;
    }
    // A status line begins a header: an interim one (1xx) has come before.
    if (line.starts_with("HTTP/")) {
        response_.headers.clear();
        response_.status = 0;
    }
    const std::size_t colon = line.find(':');
    const bool blank = TrimValue(line).empty();
    if (blank) {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        response_.status = status >= 200 ? static_cast<int>(status) : 0;
    } else if (colon != std::string_view::npos && response_.status == 0 &&
               !line.starts_with("HTTP/")) {
        // Trailers come after the blank line and are nobody's business.
        response_.headers.push_back(
            {std::string(line.substr(0, colon)), std::string(TrimValue(line.substr(colon + 1)))});
    }
    return true;
}

}  // namespace kamili::net
