// Aim: completion and the manual say what the parser takes, at each place of the line.

#include "ctl/completion.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ctl/command_tree.h"
#include "ctl/manual.h"
#include "tests/unit/ctl/fake_session.h"

namespace kamili::ctl {
namespace {

struct Tree {
    Suggestions For(const std::vector<std::string>& words) {
        return Suggest(commands.app(), words);
    }
    bool Offers(const std::vector<std::string>& words, const std::string& word) {
        const auto found = For(words).candidates;
        return std::any_of(found.begin(), found.end(),
                           [&](const Candidate& one) { return one.word == word; });
    }

    CommandTree commands;
};

TEST_CASE("commands come first, hidden ones never") {
    Tree tree;
    CHECK(tree.Offers({""}, "agenda"));
    CHECK(tree.Offers({"account", ""}, "add"));
    CHECK_FALSE(tree.Offers({""}, "audit"));
    CHECK_FALSE(tree.Offers({"agenda", ""}, "account"));
}

TEST_CASE("options are those of the command and the global ones") {
    Tree tree;
    CHECK(tree.Offers({"status", "--"}, "--watch"));
    CHECK(tree.Offers({"status", "--"}, "--json"));
    CHECK_FALSE(tree.Offers({"agenda", "--"}, "--watch"));
    CHECK_FALSE(tree.Offers({"search", "--", "--"}, "--limit"));
}

TEST_CASE("the value of an option is not taken for a command") {
    Tree tree;
    CHECK(tree.Offers({"--socket", "account", ""}, "agenda"));
    CHECK(tree.Offers({"account", "add", "google", "--access", ""}, "read"));
    CHECK(tree.For({"agenda", "--calendar", ""}).wanted == Wanted::kCalendar);
    CHECK(tree.For({"agenda", "--days", ""}).candidates.empty());
    CHECK(tree.For({"--socket", ""}).wanted == Wanted::kFile);
}

TEST_CASE("an id is an account's or a calendar's, and only where one is due") {
    Tree tree;
    CHECK(tree.For({"account", "pause", ""}).wanted == Wanted::kAccount);
    CHECK(tree.For({"account", "pause", "a1", ""}).wanted == Wanted::kNothing);
    CHECK(tree.For({"calendar", "enable", ""}).wanted == Wanted::kCalendar);
    CHECK(tree.For({"event", "show", ""}).wanted == Wanted::kNothing);
    CHECK(tree.For({"sync", "a1", "a2", ""}).wanted == Wanted::kAccount);
}

TEST_CASE("accounts are asked of the daemon and filtered by what is typed") {
    Tree tree;
    FakeService service;
    service.answers["ListAccounts"] = {
        {{"accounts",
          {{{"id", "a1"}, {"address", "ada@example.org"}, {"provider", "google"}},
           {{"id", "b1"}, {"address", "\x1b[2Jbob"}, {"provider", "google"}}}}}};
    CHECK(CompletionLines(tree.commands.app(), {"account", "show", "a"}, service) ==
          "a1\tada@example.org, google\n");
    const std::string all = CompletionLines(tree.commands.app(), {"account", "show", ""}, service);
    CHECK(all.find('\x1b') == std::string::npos);
    service.errors["ListAccounts"] = {.kind = ErrorKind::kNoDaemon, .message = "nobody"};
    CHECK(CompletionLines(tree.commands.app(), {"account", "show", ""}, service).empty());
}

TEST_CASE("the manual has a section for each command, with hyphens that can be typed") {
    Tree tree;
    const std::string manual = ManualSections(tree.commands.app());
    CHECK(manual.find(".SS \\fBkamilictl account add\\fR \\fIPROVIDER\\fR\n") != std::string::npos);
    CHECK(manual.find("\\fB\\-\\-no\\-browser\\fR\n") != std::string::npos);
    CHECK(manual.find("\\fB\\-\\-access\\fR \\fIfreebusy|read|write\\fR\n") != std::string::npos);
    CHECK(manual.find("kamilictl audit") == std::string::npos);
}

}  // namespace
}  // namespace kamili::ctl
