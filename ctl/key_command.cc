#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "ctl/command_table.h"
#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/progress.h"
#include "ctl/secret_input.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

// The daemon asks it by itself: there is nothing to type.
constexpr const char* kKeyring = "keyring";

// Stores that were made before 0.1 do not know when.
constexpr const char* kNoDay = "1970-01-01";

struct SlotWords {
    std::string kind;
    std::string label;
    std::string file;
    int number = 0;
};

std::string Describe(const json& slot) {
    const std::string label = Clean(TextField(slot, "label"));
    const std::string day = TextField(slot, "created").substr(0, 10);
    std::string line = fmt::format("{:>2}  {:<10}  {:<10}  {}", slot.value("number", 0),
                                   TextField(slot, "kind"), day == kNoDay ? "-" : day, label);
    while (line.ends_with(' ')) line.pop_back();
    return line + "\n";
}

Outcome ShowStatus(Session& session) {
    const auto reply = session.service.Invoke("GetKeyStatus", json::object());
    if (!reply) return reply.error();
    if (session.output.json()) {
        session.output.Json(*reply);
        return ExitCode::kDone;
    }
    const std::string opened_by = TextField(*reply, "opened_by");
    const std::string reason = Clean(TextField(*reply, "reason"));
    std::string text = opened_by.empty()
                           ? fmt::format("The store is not open: {}\n", reason)
                           : fmt::format("The store is open, by {}.\n",
                                         opened_by == "person" ? "what a person typed" : opened_by);
    for (const json& slot : ListField(*reply, "slots")) text += Describe(slot);
    session.output.Text(text);
    return ExitCode::kDone;
}

Outcome ListSlots(Session& session) {
    const auto reply = session.service.Invoke("GetKeyStatus", json::object());
    if (!reply) return reply.error();
    if (session.output.json()) {
        session.output.Json({{"slots", ListField(*reply, "slots")}});
        return ExitCode::kDone;
    }
    std::string text;
    for (const json& slot : ListField(*reply, "slots")) text += Describe(slot);
    session.output.Text(text);
    return ExitCode::kDone;
}

bool NeedsFile(const SlotWords& words) {
    return words.kind == "keyfile" || words.kind == "credential";
}

Result<Secret> SecretOf(Session& session, const SlotWords& words, bool is_new) {
    if (NeedsFile(words)) {
        if (!words.file.empty()) return ReadSecretFile(words.file);
        return Error{.kind = ErrorKind::kInvalidArgument, .message = "--file names the key file"};
    }
    if (words.kind == "recovery") return AskSecret(session, "Recovery code: ");
    return is_new ? AskNewSecret(session, "New passphrase: ") : AskSecret(session, "Passphrase: ");
}

// The request's copy of the secret is wiped once it was sent.
Result<json> InvokeWith(Session& session, const char* method, json request, const Secret& secret) {
    auto& text = request["secret"] = std::string(secret.Reveal());
    auto reply = session.service.Invoke(method, request);
    auto* kept = text.get_ptr<std::string*>();
    WipeMemory(kept->data(), kept->size());
    return reply;
}

Outcome AddSlot(Session& session, const SlotWords& words) {
    json request = {{"kind", words.kind}, {"label", words.label}};
    const bool makes_code = words.kind == "recovery";
    Result<json> reply = json::object();
    if (makes_code || words.kind == kKeyring) {
        reply = session.service.Invoke("AddKeySlot", request);
    } else {
        const auto secret = SecretOf(session, words, true);
        if (!secret) return secret.error();
        reply = InvokeWith(session, "AddKeySlot", std::move(request), *secret);
    }
    if (!reply) return reply.error();
    if (session.output.json()) {
        session.output.Json(*reply);
        return ExitCode::kDone;
    }
    const int number = ObjectField(*reply, "slot").value("number", 0);
    session.output.Confirm(fmt::format("Key slot {} opens the store now.\n", number));
    if (makes_code) {
        session.output.Note("Write this recovery code down; it is never shown again:\n");
        session.output.Text(TextField(*reply, "recovery_code") + "\n");
    }
    return ExitCode::kDone;
}

Outcome RemoveSlot(Session& session, const SlotWords& words) {
    const auto reply = session.service.Invoke("RemoveKeySlot", {{"number", words.number}});
    if (!reply) return reply.error();
    if (session.output.json()) session.output.Json(*reply);
    session.output.Confirm(fmt::format("Key slot {} is gone.\n", words.number));
    return ExitCode::kDone;
}

Result<json> InvokeTest(Session& session, const SlotWords& words) {
    if (words.kind == kKeyring)
        return session.service.Invoke("TestKeySlot", {{"kind", words.kind}});
    const auto secret = SecretOf(session, words, false);
    if (!secret) return secret.error();
    return InvokeWith(session, "TestKeySlot", {{"kind", words.kind}}, *secret);
}

Outcome TestSlot(Session& session, const SlotWords& words) {
    const auto reply = InvokeTest(session, words);
    if (!reply) return reply.error();
    if (session.output.json())
        session.output.Json(*reply);
    else
        session.output.Text(
            fmt::format("It opens key slot {}.\n", ObjectField(*reply, "slot").value("number", 0)));
    return ExitCode::kDone;
}

Outcome LockStore(Session& session) {
    const auto reply = session.service.Invoke("Lock", json::object());
    if (!reply) return reply.error();
    if (session.output.json()) session.output.Json(*reply);
    session.output.Confirm("The store is locked.\n");
    return ExitCode::kDone;
}

Outcome UnlockStore(Session& session, SlotWords words) {
    auto reply = Result<json>(json::object());
    if (words.kind.empty()) {
        reply = session.service.Invoke("Unlock", json::object());
        const bool asks = !reply && reply.error().kind == ErrorKind::kKeyLocked;
        if (asks) {
            session.output.Note(reply.error().message + "\n");
            words.kind = "passphrase";
        }
    }
    if (!words.kind.empty()) {
        const auto secret = SecretOf(session, words, false);
        if (!secret) return secret.error();
        reply = InvokeWith(session, "Unlock", {{"kind", words.kind}}, *secret);
    }
    if (!reply) return reply.error();
    if (session.output.json()) session.output.Json(*reply);
    session.output.Confirm("The store is open.\n");
    return ExitCode::kDone;
}

using Words = std::shared_ptr<SlotWords>;
using RunWithWords = Outcome (*)(Session&, const SlotWords&);

Command AddSlotVerb(Command slot, Chosen& chosen, const char* name, const char* description,
                    const Words& words, RunWithWords run) {
    Command command = slot.AddCommand(name, description);
    command.WhenChosen([&chosen, words, run] {
        chosen.run = [words, run](Session& session) { return run(session, *words); };
    });
    return command;
}

void AddKind(Command command, const Words& words) {
    command.AddOption("KIND", words->kind, "keyfile, credential, passphrase, recovery or keyring")
        .Required()
        .OneOf({"keyfile", "credential", "passphrase", "recovery", kKeyring});
    command.AddOption("--file", words->file, "The key file, for keyfile and credential");
}

void AddSlotCommands(Command key, Chosen& chosen) {
    Command slot = key.AddCommand("slot", "What opens the store");
    slot.RequireCommand();
    slot.GiveExample("kamilictl key slot add recovery --label drawer");
    const auto words = std::make_shared<SlotWords>();
    Command add = AddSlotVerb(slot, chosen, "add", "Add a way to open the store", words, AddSlot);
    AddKind(add, words);
    add.AddOption("--label", words->label, "A note of your own");
    add.GiveExample("kamilictl key slot add passphrase");
    Command remove = AddSlotVerb(slot, chosen, "remove", "Take a way away; the last one stays",
                                 words, RemoveSlot);
    remove.AddOption("NUMBER", words->number, "The slot's number").Required().Between(0, 15);
    remove.GiveExample("kamilictl key slot remove 2");
    Command test = AddSlotVerb(slot, chosen, "test", "Try what opens a slot, and change nothing",
                               words, TestSlot);
    AddKind(test, words);
    test.GiveExample("kamilictl key slot test recovery");
    Command list = slot.AddCommand("list", "All key slots");
    list.GiveExample("kamilictl key slot list");
    list.WhenChosen([&chosen] { chosen.run = ListSlots; });
}

Outcome RotateKey(Session& session) {
    json last = json::object();
    Pace pace(session.clock);
    const auto ended =
        session.service.Stream("RotateKey", json::object(), [&](const json& part, bool) {
            last = part;
            if (session.output.json()) session.output.Json(part);
            if (TextField(part, "event") == "progress")
                session.output.Progress(PagesLine(part, pace, session.output.look()));
            return true;
        });
    if (!ended) return ended.error();
    session.output.EndProgress();
    session.output.Confirm(fmt::format(
        "The store has a new data key; the old one is destroyed. {} pages in {:.1f} s.\n",
        NumberField(last, "pages"), last.value("seconds", 0.0)));
    return ExitCode::kDone;
}

}  // namespace

void AddKeyCommands(Command parent, Chosen& chosen) {
    Command key = parent.AddCommand("key", "The store's key and what opens it");
    key.RequireCommand();
    key.GiveExample("kamilictl key status");
    Command status = key.AddCommand("status", "How the store was opened");
    status.GiveExample("kamilictl key status");
    status.WhenChosen([&chosen] { chosen.run = ShowStatus; });
    Command rotate = key.AddCommand(
        "rotate", "Write the store anew under another data key and destroy the old one");
    rotate.GiveExample("kamilictl key rotate");
    rotate.WhenChosen([&chosen] { chosen.run = RotateKey; });
    AddSlotCommands(key, chosen);

    Command lock = parent.AddCommand("lock", "Close the store and forget its key");
    lock.GiveExample("kamilictl lock");
    lock.WhenChosen([&chosen] { chosen.run = LockStore; });
    Command unlock = parent.AddCommand("unlock", "Open the store again");
    const auto words = std::make_shared<SlotWords>();
    unlock.AddOption("--with", words->kind, "passphrase or recovery, instead of the machine's key")
        .OneOf({"passphrase", "recovery"});
    unlock.GiveExample("kamilictl unlock --with recovery");
    unlock.WhenChosen([&chosen, words] {
        chosen.run = [words](Session& session) { return UnlockStore(session, *words); };
    });
}

}  // namespace kamili::ctl
