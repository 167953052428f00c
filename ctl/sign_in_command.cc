#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "ctl/command_table.h"
#include "ctl/device_sign_in.h"
#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/render_status.h"
#include "ctl/sign_in.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

// As long as the daemon keeps a sign-in open.
constexpr int kTimeoutSeconds = 600;

struct AddOptions {
    std::string provider;
    std::string access;
    std::string kind;
    std::string label;
    std::string login_hint;
    int timeout_s = 0;  // 0: as long as the daemon keeps the sign-in open
    bool no_browser = false;
    bool device_code = false;
};

struct ReauthOptions {
    std::string id;
    int timeout_s = 0;
    bool no_browser = false;
    bool device_code = false;
};

Error GoogleHasNone() {
    return {.kind = ErrorKind::kNotSupported,
            .message = "--device-code: Google's device codes open no calendar",
            .hint =
                "use --no-browser: open the address on any machine and paste the address that "
                "the browser ends at"};
}

Status RefuseWhatIsNotThere(const AddOptions& options) {
    if (options.access == "write")
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = "--access write: this version cannot change calendars",
                     .hint = "use --access read, the default"};
    if (options.device_code && options.provider == "google") return GoogleHasNone();
    if (!options.kind.empty() && options.provider != "microsoft")
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "--kind is for Microsoft accounts",
                     .hint = "leave it out"};
    return {};
}

// How a sign-in is to go.
struct Way {
    bool browser = true;
    bool device_code = false;
    int timeout_s = 0;
};

Result<json> SignInThisWay(Session& session, const json& request, const Way& way) {
    std::optional<std::chrono::seconds> timeout;
    if (way.timeout_s > 0) timeout = std::chrono::seconds(way.timeout_s);
    if (way.device_code) return DeviceSignIn(session, request, timeout);
    auto listener = oauth::RedirectListener::Open(session.random);
    if (!listener) return listener.error();
    return SignIn(session, **listener, request,
                  {.browser = way.browser,
                   .timeout = timeout.value_or(std::chrono::seconds(kTimeoutSeconds))});
}

Outcome RunSignIn(Session& session, const json& request, const Way& way, const char* done) {
    const auto account = SignInThisWay(session, request, way);
    if (!account) return account.error();
    if (session.output.json()) session.output.Json({{"event", "account"}, {"account", *account}});
    session.output.Confirm(Clean(TextField(*account, "address")) + done + " (" +
                           Clean(TextField(*account, "provider")) + ", " +
                           Clean(TextField(*account, "access")) + ", id " +
                           Clean(TextField(*account, "id")) + ").\n");
    session.output.Note(SurplusWarning(*account));
    return ExitCode::kDone;
}

Outcome AddAccount(Session& session, const AddOptions& options) {
    if (auto refused = RefuseWhatIsNotThere(options); !refused) return refused.error();
    json request = {{"provider", options.provider}};
    const auto set = [&request](const char* name, const std::string& value) {
        if (!value.empty()) request[name] = value;
    };
    set("access", options.access);
    set("kind", options.kind);
    set("label", options.label);
    set("login_hint", options.login_hint);
    return RunSignIn(session, request,
                     {.browser = !options.no_browser,
                      .device_code = options.device_code,
                      .timeout_s = options.timeout_s},
                     " is signed in");
}

Outcome Reauthorize(Session& session, const ReauthOptions& options) {
    const auto account = FindAccount(session.service, options.id);
    if (!account) return account.error();
    const std::string provider = TextField(*account, "provider");
    if (options.device_code && provider == "google") return GoogleHasNone();
    json request = {{"provider", provider},
                    {"access", TextField(*account, "access")},
                    {"account_id", TextField(*account, "id")}};
    if (const auto address = TextField(*account, "address"); !address.empty())
        request["login_hint"] = address;
    return RunSignIn(session, request,
                     {.browser = !options.no_browser,
                      .device_code = options.device_code,
                      .timeout_s = options.timeout_s},
                     " is signed in again");
}

void AddDeviceCode(Command command, bool& device_code) {
    command.AddFlag("--device-code", device_code,
                    "Microsoft: enter a code on any machine instead of opening a browser here");
}

void AddTimeout(Command command, int& seconds) {
    command
        .AddOption("--timeout", seconds,
                   "Seconds to wait (at most 600; by default 600, or as long as a device code "
                   "is good)")
        .Between(1, kTimeoutSeconds);
}

}  // namespace

void AddSignInCommands(Command account, Chosen& chosen) {
    Command add = account.AddCommand("add", "Sign in at a provider");
    auto options = std::make_shared<AddOptions>();
    add.AddOption("PROVIDER", options->provider, "google or microsoft")
        .Required()
        .OneOf({"google", "microsoft"});
    add.AddOption("--access", options->access, "What Kamili may see: freebusy or read (default)")
        .OneOf({"freebusy", "read", "write"});
    add.AddOption("--kind", options->kind, "Microsoft: work or personal (default: either)")
        .OneOf({"work", "personal"});
    add.AddOption("--label", options->label, "A name of your own for the account");
    add.AddOption("--login-hint", options->login_hint, "The address to sign in with");
    add.AddFlag("--no-browser", options->no_browser, "Only print the address to open");
    AddTimeout(add, options->timeout_s);
    AddDeviceCode(add, options->device_code);
    add.GiveExample("kamilictl account add google --label private");
    add.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return AddAccount(session, *options); };
    });

    Command reauth = account.AddCommand("reauth", "Sign in again, as the same person");
    auto again = std::make_shared<ReauthOptions>();
    reauth.AddOption("ID", again->id, "The account's id or address").Required();
    reauth.AddFlag("--no-browser", again->no_browser, "Only print the address to open");
    AddTimeout(reauth, again->timeout_s);
    AddDeviceCode(reauth, again->device_code);
    reauth.GiveExample("kamilictl account reauth a1");
    reauth.WhenChosen([&chosen, again] {
        chosen.run = [again](Session& session) { return Reauthorize(session, *again); };
    });
}

}  // namespace kamili::ctl
