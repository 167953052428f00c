#include "ipc/client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "ipc/error_name.h"
#include "ipc/frame_reader.h"
#include "ipc/message.h"
#include "ipc/socket_address.h"

namespace kamili::ipc {
namespace {

using nlohmann::json;

// As systemd's own client: an answer above it is not read to its end.
constexpr std::size_t kReplyBytesMax = 16u << 20;
constexpr std::size_t kReplyNestingMax = 128;
constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::string_view kServicePrefix = "org.varlink.service.";

Error ConnectError(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ECONNREFUSED:
            return {.kind = ErrorKind::kNoDaemon,
                    .message = "no daemon listens at the socket",
                    .hint = "start kamilid, or name its socket with --socket"};
        case EACCES:
        case EPERM:
            return {.kind = ErrorKind::kPermissionDenied,
                    .message = "the socket may not be opened by this user",
                    .hint = "use the account that the daemon runs as"};
        default:
            return SystemError("cannot connect to the daemon", error);
    }
}

struct Reply {
    json parameters = json::object();
    std::string error;
    bool continues = false;
};

Error BadReply(const std::string& why) {
    return {.kind = ErrorKind::kBadReply, .message = "the daemon's answer is broken: " + why};
}

Result<Reply> ParseReply(std::string_view frame) {
    auto message = ParseObject(frame, kReplyNestingMax);
    if (!message) return BadReply(message.error().message);
    Reply reply;
    for (auto& [key, value] : message->items()) {
        if (key == "parameters" && (value.is_object() || value.is_null())) {
            if (value.is_object()) reply.parameters = std::move(value);
        } else if (key == "error" && value.is_string()) {
            reply.error = value.get<std::string>();
        } else if (key == "continues" && value.is_boolean()) {
            reply.continues = value.get<bool>();
        } else {
            return BadReply("an unknown key or a wrong type");
        }
    }
    return reply;
}

std::string TextOf(const json& parameters, const char* name) {
    const auto found = parameters.find(name);
    return found != parameters.end() && found->is_string() ? found->get<std::string>() : "";
}

// The errors that every varlink service may answer with.
Error ServiceError(std::string_view name, const json& parameters) {
    if (name == "InvalidParameter")
        return {.kind = ErrorKind::kInvalidArgument,
                .message =
                    "the daemon does not accept the parameter " + TextOf(parameters, "parameter")};
    if (name == "PermissionDenied")
        return {.kind = ErrorKind::kPermissionDenied, .message = "the daemon refused the call"};
    if (name == "ExpectedMore")
        return {.kind = ErrorKind::kInvalidArgument,
                .message = "the method answers only as a stream"};
    return {.kind = ErrorKind::kNotSupported,
            .message = "the daemon does not know the method " + TextOf(parameters, "method") +
                       TextOf(parameters, "interface"),
            .hint = "is the daemon older than this program?"};
}

Error ToError(const Reply& reply) {
    std::string_view name = reply.error;
    if (name.starts_with(kServicePrefix))
        return ServiceError(name.substr(kServicePrefix.size()), reply.parameters);
    name.remove_prefix(name.rfind('.') + 1);
    Error error{.kind = ErrorKindFromVarlink(name),
                .message = TextOf(reply.parameters, "message"),
                .hint = TextOf(reply.parameters, "hint")};
    if (error.message.empty()) error.message = "the daemon answered " + reply.error;
    return error;
}

}  // namespace

struct Client::Impl {
    explicit Impl(int descriptor_in) : descriptor(descriptor_in) {}
    ~Impl() { Close(); }

    void Close() {
        if (descriptor >= 0) close(descriptor);
        descriptor = -1;
    }
    Error Lost(int error);
    Status SendAll(std::string_view bytes);
    Result<Reply> Receive();
    Status Call(const std::string& method, const json& parameters, bool more);

    int descriptor;
    uid_t daemon_uid = 0;
    bool heard = false;  // has the daemon answered at all?
    FrameReader frames{kReplyBytesMax};
};

// The connection broke. A daemon that refuses a user closes it without reading what was sent, which
// the kernel reports as a reset; one that ends has read it.
Error Client::Impl::Lost(int error) {
    Close();
    const bool unread = !heard && (error == ECONNRESET || error == EPIPE);
    if (unread && geteuid() != 0 && geteuid() != daemon_uid)
        return {.kind = ErrorKind::kPermissionDenied,
                .message = "the daemon serves another user",
                .hint = "use the account that the daemon runs as"};
    if (unread)
        return {.kind = ErrorKind::kPermissionDenied,
                .message = "the daemon closed the connection without an answer",
                .hint = "its log says why; it may have too many connections"};
    if (error == 0 || error == ECONNRESET || error == EPIPE)
        return {.kind = ErrorKind::kNoDaemon, .message = "the daemon went away before it answered"};
    return SystemError("the connection to the daemon broke", error);
}

Status Client::Impl::SendAll(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return Lost(errno);
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<Reply> Client::Impl::Receive() {
    std::array<char, kReadBytes> bytes;
    for (;;) {
        if (const auto frame = frames.Next()) {
            heard = true;
            return ParseReply(*frame);
        }
        if (frames.too_long()) return BadReply(fmt::format("over {} bytes", kReplyBytesMax));
        const auto got = recv(descriptor, bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return Lost(got < 0 ? errno : 0);
        frames.Append({bytes.data(), static_cast<std::size_t>(got)});
    }
}

Status Client::Impl::Call(const std::string& method, const json& parameters, bool more) {
    if (descriptor < 0)
        return Error{.kind = ErrorKind::kNoDaemon,
                     .message = "the connection to the daemon is closed"};
    json message = {{"method", method}, {"parameters", parameters}};
    if (more) message["more"] = true;
    return SendAll(MakeFrame(message));
}

Result<Client> Client::Connect(const std::string& path) {
    const auto address = MakeSocketAddress(path);
    if (!address) return address.error();
    auto impl = std::make_unique<Impl>(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (impl->descriptor < 0) return SystemError("cannot make a socket", errno);
    if (connect(impl->descriptor, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) !=
        0)
        return ConnectError(errno);
    // Who listens: the daemon, or root when a service manager has made the socket.
    ucred daemon{};
    socklen_t size = sizeof daemon;
    if (getsockopt(impl->descriptor, SOL_SOCKET, SO_PEERCRED, &daemon, &size) == 0)
        impl->daemon_uid = daemon.uid;
    return Client(std::move(impl));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<json> Client::Invoke(const std::string& method, const json& parameters) {
    if (auto sent = impl_->Call(method, parameters, /*more=*/false); !sent)
        return std::move(sent).error();
    auto reply = impl_->Receive();
    if (reply && reply->continues) reply = BadReply("a stream where one answer was asked for");
    if (!reply) {
        // What comes next would be taken for the answer to another call.
        impl_->Close();
        return std::move(reply).error();
    }
    if (!reply->error.empty()) return ToError(*reply);
    return std::move(reply->parameters);
}

Status Client::Stream(const std::string& method, const json& parameters,
                      const std::function<bool(const json&, bool last)>& on_part) {
    if (auto sent = impl_->Call(method, parameters, /*more=*/true); !sent) return sent;
    for (;;) {
        auto reply = impl_->Receive();
        if (!reply) {
            impl_->Close();
            return std::move(reply).error();
        }
        if (!reply->error.empty()) return ToError(*reply);
        const bool last = !reply->continues;
        const bool wanted = on_part(reply->parameters, last);
        if (last) return {};
        if (!wanted) {
            impl_->Close();
            return {};
        }
    }
}

int Client::descriptor() const { return impl_->descriptor; }

}  // namespace kamili::ipc
