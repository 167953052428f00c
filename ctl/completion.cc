#include "ctl/completion.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "ctl/display_text.h"
#include "ctl/fields.h"
#include "ctl/service.h"

namespace kamili::ctl {
namespace {

using nlohmann::json;

bool IsOption(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

// Walks the words before the cursor down the tree.
class Walk {
  public:
    explicit Walk(CLI::App& app) : app_(&app) {}

    void Take(const std::string& word) {
        if (value_of_) {
            value_of_ = nullptr;
        } else if (!options_ended_ && word == "--") {
            options_ended_ = true;
        } else if (!options_ended_ && IsOption(word)) {
            CLI::Option* option = FindOption(word);
            if (option && option->get_items_expected_max() > 0) value_of_ = option;
        } else if (CLI::App* command = FindCommand(word)) {
            app_ = command;
            positionals_ = 0;
        } else {
            ++positionals_;
        }
    }

    CLI::App& app() const { return *app_; }
    bool options_ended() const { return options_ended_; }
    // The option whose value is next, else the positional that is.
    CLI::Option* value_of() const { return value_of_; }
    CLI::Option* positional() const {
        std::size_t before = 0;
        for (CLI::Option* option : app_->get_options()) {
            if (!option->nonpositional() && option->get_positional()) {
                const bool many = option->get_expected_max() > 1;
                if (before == positionals_ || many) return option;
                ++before;
            }
        }
        return nullptr;
    }

  private:
    CLI::Option* FindOption(const std::string& word) const {
        for (CLI::App* app = app_; app; app = app->get_parent())
            if (CLI::Option* option = app->get_option_no_throw(word)) return option;
        return nullptr;
    }
    CLI::App* FindCommand(const std::string& word) const {
        if (options_ended_ || positionals_ > 0) return nullptr;
        for (CLI::App* command : app_->get_subcommands({}))
            if (command->get_name() == word) return command;
        return nullptr;
    }

    CLI::App* app_;
    CLI::Option* value_of_ = nullptr;
    bool options_ended_ = false;
    std::size_t positionals_ = 0;
};

// "TEXT:{google,microsoft}" names the only values that are taken.
void AddChoices(const CLI::Option& option, Suggestions& out) {
    const std::string type = option.get_type_name();
    const auto begin = type.find('{');
    const auto end = type.find('}', begin);
    if (begin == std::string::npos || end == std::string::npos) return;
    std::string rest = type.substr(begin + 1, end - begin - 1);
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        out.candidates.push_back({rest.substr(0, comma), ""});
        rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    }
}

Wanted WantedBy(const CLI::App& app, const CLI::Option& option) {
    const std::string name = option.get_single_name();
    if (name == "account" || name == "ACCOUNT") return Wanted::kAccount;
    if (name == "calendar" || name == "CALENDAR") return Wanted::kCalendar;
    if (name == "socket" || name == "output" || name == "FILE") return Wanted::kFile;
    if (name != "ID" || app.get_parent() == nullptr) return Wanted::kNothing;
    if (app.get_parent()->get_name() == "account") return Wanted::kAccount;
    if (app.get_parent()->get_name() == "calendar") return Wanted::kCalendar;
    return Wanted::kNothing;
}

void AddOptions(CLI::App& last, Suggestions& out) {
    for (CLI::App* app = &last; app; app = app->get_parent())
        for (const CLI::Option* option : app->get_options()) {
            if (option->get_lnames().empty() || option->get_group().empty()) continue;
            const std::string& name = option->get_lnames().front();
            if (name == "help" && app != &last) continue;
            out.candidates.push_back({"--" + name, option->get_description()});
        }
}

void AddCommands(CLI::App& app, Suggestions& out) {
    for (const CLI::App* command : app.get_subcommands({}))
        if (!command->get_group().empty())
            out.candidates.push_back({command->get_name(), command->get_description()});
}

void AddAccounts(Service& service, std::vector<Candidate>& out) {
    const auto reply = service.Invoke("ListAccounts", json::object());
    if (!reply) return;
    for (const json& account : ListField(*reply, "accounts"))
        out.push_back(
            {Clean(TextField(account, "id")),
             Clean(TextField(account, "address")) + ", " + Clean(TextField(account, "provider"))});
}

void AddCalendars(Service& service, std::vector<Candidate>& out) {
    const auto reply = service.Invoke("ListCalendars", json::object());
    if (!reply) return;
    for (const json& calendar : ListField(*reply, "calendars"))
        out.push_back({Clean(TextField(calendar, "id")), Clean(TextField(calendar, "name"))});
}

}  // namespace

Suggestions Suggest(CLI::App& app, const std::vector<std::string>& words) {
    Suggestions out;
    if (words.empty()) return out;
    Walk walk(app);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) walk.Take(words[i]);
    const CLI::Option* value_of = walk.value_of();
    if (!value_of && !walk.options_ended() && !words.back().empty() && words.back()[0] == '-') {
        AddOptions(walk.app(), out);
        return out;
    }
    if (!value_of) {
        AddCommands(walk.app(), out);
        value_of = walk.positional();
    }
    if (value_of) {
        AddChoices(*value_of, out);
        out.wanted = WantedBy(walk.app(), *value_of);
    }
    return out;
}

std::string CompletionLines(CLI::App& app, const std::vector<std::string>& words,
                            Service& service) {
    Suggestions found = Suggest(app, words);
    if (found.wanted == Wanted::kAccount) AddAccounts(service, found.candidates);
    if (found.wanted == Wanted::kCalendar) AddCalendars(service, found.candidates);
    std::string lines;
    for (const Candidate& one : found.candidates)
        if (one.word.starts_with(words.back())) lines += one.word + "\t" + one.description + "\n";
    if (found.wanted == Wanted::kFile) lines += ":files\t\n";
    return lines;
}

}  // namespace kamili::ctl
