#include "daemon/keyring.h"

#include "storage/key_source.h"

namespace kamili::daemon {
namespace {

using Message = SessionBus::Message;

constexpr const char* kPeer = "org.freedesktop.secrets";
constexpr const char* kRoot = "/org/freedesktop/secrets";
constexpr const char* kService = "org.freedesktop.Secret.Service";
constexpr const char* kCollection = "org.freedesktop.Secret.Collection";
constexpr const char* kItem = "org.freedesktop.Secret.Item";
constexpr const char* kPrompt = "org.freedesktop.Secret.Prompt";
constexpr const char* kNothing = "/";  // as an object path

// One item is expected. More are left from slots that are gone, or somebody else's.
constexpr std::size_t kItemsMax = 8;

Error BadReply() {
    return {.kind = ErrorKind::kBadReply, .message = "the keyring's answer is odd"};
}

Error Locked() {
    return {.kind = ErrorKind::kKeyLocked,
            .message = "the keyring is locked",
            .hint = "unlock the keyring on the desktop, then kamilictl unlock"};
}

Error NoItem() {
    return {.kind = ErrorKind::kKeyMissing,
            .message = "the keyring has no key of this store",
            .hint =
                "kamilictl unlock --with passphrase, or recovery; then remove the slot and add it "
                "anew"};
}

void AppendAttributes(const Message& call, const std::string& name) {
    sd_bus_message_append(call.get(), "a{ss}", 2, "application", "kamili", "store", name.c_str());
}

Result<std::vector<std::string>> ReadPaths(const Message& reply) {
    std::vector<std::string> out;
    if (sd_bus_message_enter_container(reply.get(), 'a', "o") < 0) return BadReply();
    const char* path = nullptr;
    while (sd_bus_message_read(reply.get(), "o", &path) > 0)
        if (out.size() < kItemsMax) out.emplace_back(path);
    if (sd_bus_message_exit_container(reply.get()) < 0) return BadReply();
    return out;
}

// (session, parameters, value, content type): the value. Wiped here, in the message's own memory:
// sd-bus 252 wipes what it sent, not what it received.
Result<Secret> ReadValue(const Message& reply) {
    const void* value = nullptr;
    std::size_t size = 0;
    if (sd_bus_message_enter_container(reply.get(), 'r', "oayays") < 0 ||
        sd_bus_message_skip(reply.get(), "oay") < 0 ||
        sd_bus_message_read_array(reply.get(), 'y', &value, &size) < 0)
        return BadReply();
    Secret secret(std::string_view(static_cast<const char*>(value), size));
    WipeMemory(const_cast<void*>(value), size);
    return secret;
}

}  // namespace

Result<Keyring> Keyring::Open(const Patience& patience) {
    auto bus = SessionBus::Open(patience, kPeer);
    if (!bus) return std::move(bus).error();
    Keyring out(std::move(*bus));
    const Message call = out.bus_.NewCall(kRoot, kService, "OpenSession");
    if (call) sd_bus_message_append(call.get(), "sv", "plain", "s", "");
    const auto reply = out.bus_.Call(call);
    if (!reply) return reply.error();
    const char* session = nullptr;
    if (sd_bus_message_skip(reply->get(), "v") < 0 ||
        sd_bus_message_read(reply->get(), "o", &session) <= 0)
        return BadReply();
    out.session_ = session;
    return out;
}

Result<std::string> Keyring::DefaultCollection() {
    const Message call = bus_.NewCall(kRoot, kService, "ReadAlias");
    if (call) sd_bus_message_append(call.get(), "s", "default");
    const auto reply = bus_.Call(call);
    if (!reply) return reply.error();
    const char* path = nullptr;
    if (sd_bus_message_read(reply->get(), "o", &path) <= 0) return BadReply();
    if (std::string_view(path) == kNothing)
        return Error{.kind = ErrorKind::kKeyMissing,
                     .message = "the keyring has no default collection",
                     .hint = "make one on the desktop"};
    return std::string(path);
}

Result<bool> Keyring::IsLocked(const std::string& collection) {
    const Message call = bus_.NewCall(collection.c_str(), "org.freedesktop.DBus.Properties", "Get");
    if (call) sd_bus_message_append(call.get(), "ss", kCollection, "Locked");
    const auto reply = bus_.Call(call);
    if (!reply) return reply.error();
    int locked = 0;
    if (sd_bus_message_read(reply->get(), "v", "b", &locked) <= 0) return BadReply();
    return locked != 0;
}

// Those that can be read now.
Result<std::vector<std::string>> Keyring::Search(const std::string& name) {
    const Message call = bus_.NewCall(kRoot, kService, "SearchItems");
    if (call) AppendAttributes(call, name);
    const auto reply = bus_.Call(call);
    if (!reply) return reply.error();
    auto open = ReadPaths(*reply);
    if (!open) return open;
    const auto locked = ReadPaths(*reply);
    if (!locked) return locked;
    if (!open->empty()) return open;
    if (!locked->empty()) return Locked();
    // Some keyrings say nothing about what is in them while they are locked.
    const auto collection = DefaultCollection();
    const auto is_locked = collection ? IsLocked(*collection) : Result<bool>(false);
    return is_locked.value_or(false) ? Locked() : NoItem();
}

Result<Secret> Keyring::Read(const std::string& item) {
    const Message call = bus_.NewCall(item.c_str(), kItem, "GetSecret");
    if (call) sd_bus_message_append(call.get(), "o", session_.c_str());
    const auto reply = bus_.Call(call);
    if (!reply) return reply.error();
    const auto text = ReadValue(*reply);
    if (!text) return text.error();
    return storage::ParseKeyText(*text);
}

Result<std::vector<Secret>> Keyring::Find(const std::string& name) {
    const auto items = Search(name);
    if (!items) return items.error();
    std::vector<Secret> out;
    Error last = NoItem();
    for (const std::string& item : *items) {
        auto secret = Read(item);
        if (secret)
            out.push_back(std::move(*secret));
        else
            last = std::move(secret).error();
    }
    if (!out.empty()) return out;
    if (last.kind == ErrorKind::kKeyWrong)
        return Error{.kind = ErrorKind::kKeyWrong, .message = "the keyring's item holds no key"};
    return last.kind == ErrorKind::kKeyLocked ? Locked() : last;
}

Status Keyring::Put(const std::string& name, const Secret& secret) {
    const auto collection = DefaultCollection();
    if (!collection) return collection.error();
    const auto locked = IsLocked(*collection);
    if (!locked) return locked.error();
    if (*locked) return Locked();
    const Message call = bus_.NewCall(collection->c_str(), kCollection, "CreateItem");
    const Secret text = storage::FormatKeyText(secret);
    if (call) {
        sd_bus_message_append(call.get(), "a{sv}", 2, "org.freedesktop.Secret.Item.Label", "s",
                              "Kamili: opens the calendar store",
                              "org.freedesktop.Secret.Item.Attributes", "a{ss}", 2, "application",
                              "kamili", "store", name.c_str());
        sd_bus_message_open_container(call.get(), 'r', "oayays");
        sd_bus_message_append(call.get(), "o", session_.c_str());
        sd_bus_message_append_array(call.get(), 'y', nullptr, 0);
        sd_bus_message_append_array(call.get(), 'y', text.bytes().data(), text.size());
        sd_bus_message_append(call.get(), "s", "text/plain");
        sd_bus_message_close_container(call.get());
        sd_bus_message_append(call.get(), "b", 0);
    }
    const auto reply = bus_.Call(call);
    if (!reply) return reply.error();
    const char* item = nullptr;
    const char* prompt = nullptr;
    if (sd_bus_message_read(reply->get(), "oo", &item, &prompt) <= 0) return BadReply();
    if (std::string_view(prompt) == kNothing) return {};
    Dismiss(prompt);
    return Error{.kind = ErrorKind::kKeyLocked,
                 .message = "the keyring wants to ask somebody first",
                 .hint = "unlock the keyring on the desktop, then try again"};
}

Status Keyring::Remove(const std::string& name, const Secret& secret) {
    const auto items = Search(name);
    if (!items) return items.error();
    for (const std::string& item : *items) {
        if (!secret.empty()) {
            const auto held = Read(item);
            if (!held || !(*held == secret)) continue;
        }
        const auto reply = bus_.Call(bus_.NewCall(item.c_str(), kItem, "Delete"));
        if (!reply) return reply.error();
        const char* prompt = nullptr;
        if (sd_bus_message_read(reply->get(), "o", &prompt) <= 0) return BadReply();
        if (std::string_view(prompt) == kNothing) continue;
        Dismiss(prompt);
        return Locked();
    }
    return {};
}

// Nobody shall be asked in the daemon's name.
void Keyring::Dismiss(const char* prompt) {
    [[maybe_unused]] const auto gone = bus_.Call(bus_.NewCall(prompt, kPrompt, "Dismiss"));
}

}  // namespace kamili::daemon
