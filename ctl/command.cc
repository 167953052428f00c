#include "ctl/command.h"

#include <CLI/CLI.hpp>

namespace kamili::ctl {

Option Option::Required() const { return Option(*option_->required()); }

Option Option::OneOf(std::initializer_list<const char*> values) const {
    return Option(*option_->check(CLI::IsMember(values)));
}

Option Option::Between(int lowest, int highest) const {
    return Option(*option_->check(CLI::Range(lowest, highest)));
}

Option Option::NonNegative() const { return Option(*option_->check(CLI::NonNegativeNumber)); }

Option Option::Excludes(Option other) const { return Option(*option_->excludes(other.option_)); }

Option Option::OneValueEach() const { return Option(*option_->allow_extra_args(false)); }

Command Command::AddCommand(const std::string& name, const std::string& help) const {
    return Command(*app_->add_subcommand(name, help));
}

Command Command::AddHiddenCommand(const std::string& name) const {
    CLI::App* command = app_->add_subcommand(name, "")->group("");
    // Whatever follows is not understood either, so nothing is passed on to the parent.
    return Command(*command->allow_extras()->fallthrough(false));
}

void Command::RequireCommand() const { app_->require_subcommand(1); }

void Command::GiveExample(const std::string& example) const {
    app_->footer("Example:\n  " + example);
}

void Command::WhenChosen(std::function<void()> run) const { app_->callback(std::move(run)); }

Option Command::AddOption(const std::string& name, std::string& value,
                          const std::string& help) const {
    return Option(*app_->add_option(name, value, help));
}

Option Command::AddOption(const std::string& name, std::optional<std::string>& value,
                          const std::string& help) const {
    return Option(*app_->add_option(name, value, help));
}

Option Command::AddOption(const std::string& name, std::vector<std::string>& values,
                          const std::string& help) const {
    return Option(*app_->add_option(name, values, help));
}

Option Command::AddOption(const std::string& name, int& value, const std::string& help) const {
    return Option(*app_->add_option(name, value, help));
}

Option Command::AddOption(const std::string& name, std::optional<int>& value,
                          const std::string& help) const {
    return Option(*app_->add_option(name, value, help));
}

Option Command::AddOption(const std::string& name, std::optional<std::int64_t>& value,
                          const std::string& help) const {
    return Option(*app_->add_option(name, value, help));
}

void Command::AddFlag(const std::string& name, bool& value, const std::string& help) const {
    app_->add_flag(name, value, help);
}

}  // namespace kamili::ctl
