#include "net/curl_error.h"

#include <string>

namespace kamili::net {
namespace {

// A breakdown of the connection itself.
bool IsConnectionLoss(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
        case CURLE_INTERFACE_FAILED:
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
        case CURLE_AGAIN:
        case CURLE_NO_CONNECTION_AVAILABLE:
            return true;
        default:
            return false;
    }
}

ErrorKind KindOf(CURLcode code, bool answered) {
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return ErrorKind::kTimeout;
        // A handshake that fails: some forged certificates end in it, too, not only in the next
        // one.
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_SSL_INVALIDCERTSTATUS:
            return ErrorKind::kUntrusted;
        case CURLE_URL_MALFORMAT:
            return ErrorKind::kRejected;
        case CURLE_OUT_OF_MEMORY:
        case CURLE_FAILED_INIT:
            return ErrorKind::kSystem;
        default:
            return IsConnectionLoss(code) && !answered ? ErrorKind::kOffline : ErrorKind::kBadReply;
    }
}

// Ours before curl's own texts, which are constant; its error buffer is not used: it names hosts.
std::string_view Beginning(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kOffline:
            return "cannot reach the server: ";
        case ErrorKind::kTimeout:
            return "the server did not answer in time: ";
        case ErrorKind::kUntrusted:
            return "the server's TLS identity does not verify: ";
        case ErrorKind::kBadReply:
            return "the answer is not whole: ";
        default:
            return "";
    }
}

}  // namespace

Error ToError(CURLcode code, bool answered) {
    const ErrorKind kind = KindOf(code, answered);
    Error error{.kind = kind, .message = std::string(Beginning(kind)) + curl_easy_strerror(code)};
    if (kind == ErrorKind::kUntrusted)
        error.hint =
            "a proxy that reads TLS, a wrong clock or a wrong [tls] ca_file can be the cause";
    return error;
}

}  // namespace kamili::net
