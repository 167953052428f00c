#include "ctl/secret_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace kamili::ctl {
namespace {

constexpr std::chrono::minutes kPatience{10};
constexpr std::size_t kFileBytesMax = 256;

Error NothingTyped() {
    return {.kind = ErrorKind::kCancelled,
            .message = "nothing was typed",
            .hint = "type it on a terminal, or pass it on standard input"};
}

}  // namespace

Result<Secret> AskSecret(Session& session, const std::string& prompt) {
    if (session.console.interactive()) session.output.Ask(prompt);
    Secret secret = session.console.ReadSecret(kPatience);
    if (session.console.interactive()) session.output.Ask("\n");
    if (secret.empty()) return NothingTyped();
    return secret;
}

Result<Secret> AskNewSecret(Session& session, const std::string& prompt) {
    auto first = AskSecret(session, prompt);
    if (!first || !session.console.interactive()) return first;
    const auto second = AskSecret(session, "Once more: ");
    if (!second) return second.error();
    if (*first == *second) return first;
    return Error{.kind = ErrorKind::kInvalidArgument, .message = "the two are not the same"};
}

Result<Secret> ReadSecretFile(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return SystemError("cannot open " + path, errno);
    Secret text = Secret::OfSize(kFileBytesMax);
    const auto count = read(descriptor, text.writable().data(), text.size());
    const int fault = errno;
    close(descriptor);
    if (count < 0) return SystemError("cannot read " + path, fault);
    return Secret(text.bytes().first(static_cast<std::size_t>(count)));
}

}  // namespace kamili::ctl
