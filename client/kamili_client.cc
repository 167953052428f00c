#include "client/kamili_client.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include "client/daemon.h"
#include "client/socket_path.h"
#include "ipc/message.h"

using nlohmann::json;

struct kamili_client {
    explicit kamili_client(std::string path) : daemon(std::move(path)) {}

    kamili::client::Daemon daemon;
    std::string answer;
    kamili::Error error;
    std::string kind;  // "" after a success
};

namespace {

// As deep as the daemon reads.
constexpr std::size_t kParametersNestingMax = 64;

void Remember(kamili_client& client, kamili::Error error) {
    client.kind = kamili::Text(error.kind);
    client.error = std::move(error);
}

// What happens inside must not leave as an exception: the caller may be C. Only memory can be
// short.
template <typename Work>
bool Guarded(kamili_client& client, const Work& work) noexcept {
    try {
        client.error = {};
        client.kind.clear();
        kamili::Status status = work();
        if (status) return true;
        Remember(client, std::move(status).error());
    } catch (const std::exception&) {
        client.daemon.Disconnect();
        client.kind = "system";
        client.error.message = "no memory";  // short enough to need none
    }
    return false;
}

kamili::Result<json> ReadParameters(const char* method, const char* parameters) {
    if (method == nullptr || *method == '\0')
        return kamili::Error{.kind = kamili::ErrorKind::kInvalidArgument,
                             .message = "no method was named"};
    if (parameters == nullptr) return json::object();
    return kamili::ipc::ParseObject(parameters, kParametersNestingMax);
}

// A provider's broken title must not end the call.
std::string TextOf(const json& answer) {
    return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

kamili_client* kamili_client_new(const char* socket_path) {
    try {
        return new kamili_client(socket_path != nullptr ? std::string(socket_path)
                                                        : kamili::client::ChooseSocket(
                                                              kamili::client::ProcessEnvironment));
    } catch (const std::exception&) {
        return nullptr;
    }
}

void kamili_client_free(kamili_client* client) { delete client; }

const char* kamili_client_socket(const kamili_client* client) {
    return client->daemon.path().c_str();
}

const char* kamili_client_call(kamili_client* client, const char* method, const char* parameters) {
    const bool done = Guarded(*client, [&]() -> kamili::Status {
        const auto read = ReadParameters(method, parameters);
        if (!read) return read.error();
        const auto answer = client->daemon.Invoke(method, *read);
        if (!answer) return answer.error();
        client->answer = TextOf(*answer);
        return {};
    });
    return done ? client->answer.c_str() : nullptr;
}

int kamili_client_stream(kamili_client* client, const char* method, const char* parameters,
                         kamili_client_part on_part, void* context) {
    const bool done = Guarded(*client, [&]() -> kamili::Status {
        const auto read = ReadParameters(method, parameters);
        if (!read) return read.error();
        return client->daemon.Stream(method, *read, [&](const json& part, bool last) {
            return on_part(context, TextOf(part).c_str(), last ? 1 : 0) != 0;
        });
    });
    return done ? 0 : -1;
}

const char* kamili_client_error(const kamili_client* client) {
    return client->error.message.c_str();
}

const char* kamili_client_error_hint(const kamili_client* client) {
    return client->error.hint.c_str();
}

const char* kamili_client_error_kind(const kamili_client* client) { return client->kind.c_str(); }

const char* kamili_client_version(void) { return KAMILI_VERSION; }
