#include "ctl/device_sign_in.h"

#include <nlohmann/json.hpp>

#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/qr_code.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

// Under `quiet` the words are enough.
std::string QrCodeOf(const Output& output, const std::string& address) {
    if (!output.on_terminal() || output.quiet()) return "";
    const auto drawn = RenderQrCode(address, output.look());
    return drawn ? *drawn + "\n" : "";
}

std::string LifeOf(std::int64_t seconds) {
    if (seconds >= 120) return std::to_string(seconds / 60) + " minutes";
    return std::to_string(seconds) + " seconds";
}

void TellCode(Output& output, const json& begun) {
    const std::string address = Clean(TextField(begun, "verification_uri"));
    const std::string code = Clean(TextField(begun, "user_code"));
    const std::int64_t life = NumberField(begun, "expires_in_s");
    if (output.json()) {
        output.Json({{"event", "device_code"},
                     {"verification_uri", address},
                     {"user_code", code},
                     {"expires_in_s", life}});
        return;
    }
    const std::string shown = output.on_terminal() ? Paint(output.look(), Ink::kBold, code) : code;
    output.Ask("Open this address on any machine:\n\n  " + address + "\n\n" +
               QrCodeOf(output, address) + "and enter this code there:\n\n      " + shown +
               "\n\nThe code is good for " + LifeOf(life) +
               ". Give it to nobody; Ctrl-C cancels.\n");
}

}  // namespace

Result<json> DeviceSignIn(Session& session, json request,
                          std::optional<std::chrono::seconds> timeout) {
    // From here on Ctrl-C must cancel the sign-in in the daemon too.
    static_cast<void>(session.console.Interrupted());
    request["device_code"] = true;
    const auto begun = session.service.Invoke("BeginSignIn", request);
    if (!begun) return begun.error();
    // A daemon that does not know device codes would wait for a browser.
    if (TextField(*begun, "user_code").empty())
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = "this daemon knows no device codes",
                     .hint = "restart kamilid after an update, or sign in with a browser"};
    TellCode(session.output, *begun);
    json wait = {{"sign_in_id", TextField(*begun, "sign_in_id")}};
    if (timeout) wait["timeout_s"] = timeout->count();
    auto reply = session.service.Await("AwaitSignIn", wait,
                                       [&session] { return session.console.Interrupted(); });
    if (!reply && reply.error().kind == ErrorKind::kCancelled)
        return Error{.kind = ErrorKind::kCancelled, .message = "the sign-in was cancelled"};
    if (!reply) return reply;
    return ObjectField(*reply, "account");
}

}  // namespace kamili::ctl
