#include "ctl/usage_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

namespace kamili::ctl {
namespace {

using Names = std::vector<std::string>;

// Letters to insert, leave out, replace or swap with the next one.
std::size_t Distance(const std::string& a, const std::string& b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

// The command that the words lead to, and the first word that leads nowhere where a command must
// stand.
struct Meant {
    const CLI::App* command = nullptr;
    std::string path = "kamilictl";
    std::string unknown = {};
};

Names CommandsOf(const CLI::App& app) {
    Names names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        if (!command->get_group().empty()) names.push_back(command->get_name());
    return names;
}

Meant Follow(const CLI::App& app, const std::vector<std::string>& arguments) {
    Meant meant{.command = &app};
    bool value = false;
    for (const std::string& word : arguments) {
        if (std::exchange(value, word == "--socket")) continue;
        if (word.starts_with('-')) continue;
        const Names names = CommandsOf(*meant.command);
        if (names.empty()) break;
        if (std::find(names.begin(), names.end(), word) == names.end()) {
            meant.unknown = word;
            break;
        }
        meant.command = meant.command->get_subcommand(word);
        meant.path += " " + word;
    }
    return meant;
}

// An option that neither the command nor those above it have.
std::string UnknownOption(const CLI::App& command, const std::vector<std::string>& arguments) {
    for (const std::string& word : arguments) {
        if (word == "--") break;
        if (!word.starts_with("--")) continue;
        const std::string name = word.substr(0, word.find('='));
        bool known = false;
        for (const CLI::App* at = &command; at && !known; at = at->get_parent())
            known = at->get_option_no_throw(name) != nullptr;
        if (!known) return name;
    }
    return "";
}

Names OptionsOf(const CLI::App& command) {
    Names names;
    for (const CLI::App* at = &command; at; at = at->get_parent())
        for (const CLI::Option* option : at->get_options())
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::string Joined(const Names& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

std::string NearestName(const std::string& word, const std::vector<std::string>& names) {
    std::string nearest;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& name : names)
        if (const std::size_t distance = Distance(word, name); distance < least) {
            least = distance;
            nearest = name;
        }
    return nearest;
}

Error UsageErrorFor(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& arguments) {
    const Meant meant = Follow(app, arguments);
    Error usage{.kind = ErrorKind::kInvalidArgument,
                .message = error.what(),
                .hint = meant.path + " --help"};
    while (usage.message.ends_with('\n') || usage.message.ends_with('.')) usage.message.pop_back();
    const Names commands = CommandsOf(*meant.command);
    if (!meant.unknown.empty()) {
        usage.message = "there is no command '" + meant.path + " " + meant.unknown + "'";
        const std::string nearest = NearestName(meant.unknown, commands);
        if (!nearest.empty()) usage.hint = "did you mean " + meant.path + " " + nearest + "?";
    } else if (!commands.empty() && dynamic_cast<const CLI::RequiredError*>(&error)) {
        usage.message = "say what to do: " + meant.path + " with one of " + Joined(commands);
    } else if (const std::string option = UnknownOption(*meant.command, arguments);
               !option.empty()) {
        usage.message = "there is no option " + option + " here";
        const std::string nearest = NearestName(option, OptionsOf(*meant.command));
        if (!nearest.empty()) usage.hint = "did you mean " + nearest + "? " + usage.hint;
    }
    return usage;
}

}  // namespace kamili::ctl
