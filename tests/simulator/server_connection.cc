#include "tests/simulator/server_connection.h"

#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

#include "base/check.h"

namespace kamili::simulator {
namespace {

constexpr std::size_t kHeadBytesMax = 64u << 10;
constexpr std::size_t kBodyBytesMax = 16u << 20;

std::string Gzip(const std::string& text) {
    z_stream stream{};
    constexpr int kWindowBits = 15 + 16;  // with gzip's own frame
    KAMILI_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kWindowBits, 8,
                              Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    KAMILI_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

const char* ReasonOf(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 302:
            return "Found";
        case 404:
            return "Not Found";
        default:
            return "Status";
    }
}

// The request line and the headers; the body is read later.
std::optional<SimRequest> ParseHead(const std::string& head) {
    SimRequest request;
    std::size_t at = head.find("\r\n");
    const std::string line = head.substr(0, at);
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string::npos || last <= first) return std::nullopt;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    while (at != std::string::npos && at + 2 < head.size()) {
        const std::size_t end = head.find("\r\n", at + 2);
        const std::string field = head.substr(at + 2, end - at - 2);
        at = end;
        const std::size_t colon = field.find(':');
        if (colon == std::string::npos) continue;
        const std::size_t value = field.find_first_not_of(" \t", colon + 1);
        request.headers.push_back(
            {field.substr(0, colon), value == std::string::npos ? "" : field.substr(value)});
    }
    return request;
}

std::string Head(const SimReply& reply, std::size_t size, bool gzip) {
    std::string head =
        "HTTP/1.1 " + std::to_string(reply.status) + " " + ReasonOf(reply.status) + "\r\n";
    for (const net::Header& header : reply.headers)
        head += header.name + ": " + header.value + "\r\n";
    if (gzip) head += "Content-Encoding: gzip\r\n";
    // These two never have a body, nor the length of one.
    if (reply.status == 204 || reply.status == 304) return head + "\r\n";
    return head + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

}  // namespace

ServerConnection::ServerConnection(int descriptor, SSL_CTX* tls, Handler handler)
    : descriptor_(descriptor), tls_(tls), handler_(std::move(handler)) {}

ServerConnection::~ServerConnection() {
    if (session_ != nullptr) SSL_free(session_);
    if (descriptor_ >= 0) close(descriptor_);
}

bool ServerConnection::Handshake() {
    if (tls_ == nullptr) return true;
    session_ = SSL_new(tls_);
    return session_ != nullptr && SSL_set_fd(session_, descriptor_) == 1 &&
           SSL_accept(session_) == 1;
}

bool ServerConnection::ReadMore() {
    std::array<char, 16384> bytes{};
    const auto size =
        session_ != nullptr
            ? static_cast<ssize_t>(SSL_read(session_, bytes.data(), int(bytes.size())))
            : recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (size <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
}

bool ServerConnection::WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto chunk = std::min<std::size_t>(bytes.size(), 1u << 20);
        const auto size = session_ != nullptr
                              ? static_cast<ssize_t>(SSL_write(session_, bytes.data(), int(chunk)))
                              : send(descriptor_, bytes.data(), chunk, MSG_NOSIGNAL);
        if (size <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

std::optional<std::string> ServerConnection::ReadBody(const SimRequest& request) {
    const std::string length = request.Header("Content-Length");
    std::size_t size = 0;
    if (!length.empty()) {
        const auto read = std::from_chars(length.data(), length.data() + length.size(), size);
        if (read.ec != std::errc() || size > kBodyBytesMax) return std::nullopt;
    }
    if (size > buffer_.size() && request.Header("Expect") == "100-continue")
        if (!WriteAll("HTTP/1.1 100 Continue\r\n\r\n")) return std::nullopt;
    while (buffer_.size() < size)
        if (!ReadMore()) return std::nullopt;
    std::string body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return body;
}

std::optional<SimRequest> ServerConnection::ReadRequest() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (buffer_.size() > kHeadBytesMax || !ReadMore()) return std::nullopt;
    const std::string head = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    auto request = ParseHead(head);
    if (!request) return std::nullopt;
    auto body = ReadBody(*request);
    if (!body) return std::nullopt;
    request->body = std::move(*body);
    return request;
}

// The peer sees a reset instead of an orderly end.
void ServerConnection::Reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(std::exchange(descriptor_, -1));
}

void ServerConnection::WaitForPeer() {
    while (ReadMore()) buffer_.clear();
}

bool ServerConnection::Answer(const SimRequest& request, SimReply reply) {
    std::this_thread::sleep_for(reply.delay);
    const bool gzip = reply.gzip && !reply.body.empty();
    const std::string body = gzip ? Gzip(reply.body) : reply.body;
    const std::string head = Head(reply, body.size(), gzip);
    switch (reply.fault) {
        case SimReply::Fault::kNone:
            break;
        case SimReply::Fault::kTruncate:
            WriteAll(head + body.substr(0, body.size() / 2));
            return false;
        case SimReply::Fault::kReset:
            Reset();
            return false;
        case SimReply::Fault::kNeverAnswer:
            WaitForPeer();
            return false;
    }
    const bool bare = request.method == "HEAD";
    return WriteAll(bare ? head : head + body) && request.Header("Connection") != "close";
}

void ServerConnection::Serve() {
    if (!Handshake()) return;
    while (auto request = ReadRequest())
        if (!Answer(*request, handler_(*request))) return;
}

}  // namespace kamili::simulator
