#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
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
    int timeout_s = kTimeoutSeconds;
    bool no_browser = false;
    bool device_code = false;
};

struct ReauthOptions {
    std::string id;
    int timeout_s = kTimeoutSeconds;
    bool no_browser = false;
};

Status RefuseWhatIsNotThere(const AddOptions& options) {
    if (options.access == "write")
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = "--access write: this version cannot change calendars",
                     .hint = "use --access read, the default"};
    if (options.device_code)
        return Error{.kind = ErrorKind::kNotSupported,
                     .message = "--device-code: this version signs in through a browser only",
                     .hint = "use --no-browser and open the address on any machine"};
    if (!options.kind.empty() && options.provider != "microsoft")
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "--kind is for Microsoft accounts",
                     .hint = "leave it out"};
    return {};
}

Outcome RunSignIn(Session& session, const json& request, const SignInOptions& options,
                  const char* done) {
    auto listener = oauth::RedirectListener::Open(session.random);
    if (!listener) return listener.error();
    const auto account = SignIn(session, **listener, request, options);
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
    return RunSignIn(
        session, request,
        {.browser = !options.no_browser, .timeout = std::chrono::seconds(options.timeout_s)},
        " is signed in");
}

Outcome Reauthorize(Session& session, const ReauthOptions& options) {
    const auto account = FindAccount(session.service, options.id);
    if (!account) return account.error();
    json request = {{"provider", TextField(*account, "provider")},
                    {"access", TextField(*account, "access")},
                    {"account_id", TextField(*account, "id")}};
    if (const auto address = TextField(*account, "address"); !address.empty())
        request["login_hint"] = address;
    return RunSignIn(
        session, request,
        {.browser = !options.no_browser, .timeout = std::chrono::seconds(options.timeout_s)},
        " is signed in again");
}

void AddTimeout(Command command, int& seconds) {
    command
        .AddOption("--timeout", seconds, "Seconds to wait for the browser (default and most 600)")
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
    add.AddFlag("--device-code", options->device_code, "Not in this version");
    add.GiveExample("kamilictl account add google --label private");
    add.WhenChosen([&chosen, options] {
        chosen.run = [options](Session& session) { return AddAccount(session, *options); };
    });

    Command reauth = account.AddCommand("reauth", "Sign in again, as the same person");
    auto again = std::make_shared<ReauthOptions>();
    reauth.AddOption("ID", again->id, "The account's id or address").Required();
    reauth.AddFlag("--no-browser", again->no_browser, "Only print the address to open");
    AddTimeout(reauth, again->timeout_s);
    reauth.GiveExample("kamilictl account reauth a1");
    reauth.WhenChosen([&chosen, again] {
        chosen.run = [again](Session& session) { return Reauthorize(session, *again); };
    });
}

}  // namespace kamili::ctl
