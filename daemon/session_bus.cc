#include "daemon/session_bus.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace kamili::daemon {
namespace {

using std::chrono::microseconds;

// How late `stop` may be seen.
constexpr microseconds kSlice{100'000};

constexpr const char* kHint =
    "log in on the desktop, or use another slot: kamilictl unlock --with recovery";

Error NoBus() {
    return {.kind = ErrorKind::kSystem, .message = "there is no session bus", .hint = kHint};
}

// Nothing but a socket of this machine: an address may also name a program to run, or another host.
bool IsLocalAddress() {
    const char* text = std::getenv("DBUS_SESSION_BUS_ADDRESS");
    if (!text) return true;
    const std::string_view address(text);
    return address.starts_with("unix:") && address.find(';') == std::string_view::npos;
}

Error Refusal(sd_bus_message* reply) {
    const sd_bus_error* error = sd_bus_message_get_error(reply);
    const std::string_view name = error && error->name ? error->name : "";
    if (name == SD_BUS_ERROR_SERVICE_UNKNOWN || name == SD_BUS_ERROR_NAME_HAS_NO_OWNER ||
        name == SD_BUS_ERROR_NO_REPLY)
        return {.kind = ErrorKind::kSystem,
                .message = "there is no keyring on the session bus",
                .hint = kHint};
    if (name == "org.freedesktop.Secret.Error.IsLocked")
        return {.kind = ErrorKind::kKeyLocked, .message = "the keyring is locked"};
    if (name == "org.freedesktop.Secret.Error.NoSuchObject" || name == SD_BUS_ERROR_UNKNOWN_OBJECT)
        return {.kind = ErrorKind::kNotFound, .message = "the keyring's item is gone"};
    return {.kind = ErrorKind::kBadReply, .message = "the keyring refused"};
}

}  // namespace

Result<SessionBus> SessionBus::Open(const Patience& patience, const char* peer) {
    if (!IsLocalAddress()) return NoBus();
    SessionBus out(patience, peer);
    sd_bus* bus = nullptr;
    if (sd_bus_open_user(&bus) < 0) return NoBus();
    out.bus_.reset(bus);
    while (sd_bus_is_ready(bus) <= 0)
        if (auto went_on = out.Pump(); !went_on) return std::move(went_on).error();
    return out;
}

Result<SessionBus::Message> SessionBus::Pump() {
    while (true) {
        if (patience_.stop) return Error{.kind = ErrorKind::kCancelled, .message = "stopped"};
        const auto left = std::chrono::duration_cast<microseconds>(
            patience_.until - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return Error{.kind = ErrorKind::kTimeout,
                         .message = "the keyring does not answer",
                         .hint = kHint};
        sd_bus_message* got = nullptr;
        const int worked = sd_bus_process(bus_.get(), &got);
        Message message(got);
        if (worked < 0) return NoBus();
        if (worked > 0) return message;
        const auto wait = static_cast<std::uint64_t>(std::min(left, kSlice).count());
        if (const int waited = sd_bus_wait(bus_.get(), wait); waited < 0 && waited != -EINTR)
            return NoBus();
    }
}

SessionBus::Message SessionBus::NewCall(const char* path, const char* interface,
                                        const char* method) {
    sd_bus_message* call = nullptr;
    if (sd_bus_message_new_method_call(bus_.get(), &call, peer_, path, interface, method) < 0)
        return nullptr;
    Message out(call);
    sd_bus_message_sensitive(call);
    sd_bus_message_set_auto_start(call, 0);
    return out;
}

Result<SessionBus::Message> SessionBus::Call(const Message& call) {
    std::uint64_t cookie = 0;
    if (!call || sd_bus_send(bus_.get(), call.get(), &cookie) < 0) return NoBus();
    while (true) {
        auto got = Pump();
        if (!got) return got;
        std::uint64_t answered = 0;
        if (!*got || sd_bus_message_get_reply_cookie(got->get(), &answered) < 0 ||
            answered != cookie)
            continue;
        if (sd_bus_message_is_method_error(got->get(), nullptr) > 0) return Refusal(got->get());
        return got;
    }
}

}  // namespace kamili::daemon
