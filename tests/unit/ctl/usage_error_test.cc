#include "ctl/usage_error.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

#include "ctl/command_tree.h"

namespace kamili::ctl {
namespace {

Error ErrorOf(std::vector<std::string> words) {
    CommandTree tree;
    try {
        tree.app().parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
        return UsageErrorFor(tree.app(), error, words);
    }
    return {};
}

TEST_CASE("a name is near when a letter is missing, too many, wrong or swapped") {
    const std::vector<std::string> names = {"agenda", "account", "next"};
    for (const char* word : {"agnda", "aagenda", "agenfa", "agedna"})
        CHECK(NearestName(word, names) == "agenda");
    CHECK(NearestName("nxt", names) == "next");
    for (const char* word : {"week", "zzz", ""}) CHECK(NearestName(word, names).empty());
}

TEST_CASE("a command that is not there is answered with the one that was meant") {
    CHECK(ErrorOf({"agnda"}).hint == "did you mean kamilictl agenda?");
    const Error nested = ErrorOf({"--json", "--socket", "/s", "account", "ad", "google"});
    CHECK(nested.message == "there is no command 'kamilictl account ad'");
    CHECK(nested.hint == "did you mean kamilictl account add?");
    CHECK(ErrorOf({"nonsense"}).hint == "kamilictl --help");
}

TEST_CASE("an option that is not there is answered with the one that was meant") {
    const Error error = ErrorOf({"agenda", "--dayz=3"});
    CHECK(error.message == "there is no option --dayz here");
    CHECK(error.hint == "did you mean --days? kamilictl agenda --help");
    CHECK(ErrorOf({"agenda", "--jsn"}).hint == "did you mean --json? kamilictl agenda --help");
}

TEST_CASE("what is missing is named, with the help of that command") {
    CHECK(ErrorOf({"account", "add"}).message == "PROVIDER is required");
    CHECK(ErrorOf({"account", "add"}).hint == "kamilictl account add --help");
    CHECK(ErrorOf({"key", "slot"}).message ==
          "say what to do: kamilictl key slot with one of add, remove, test, list");
}

}  // namespace
}  // namespace kamili::ctl
