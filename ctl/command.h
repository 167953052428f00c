#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

// The parser as the commands see it. Its own header (CLI11) is all code and costs seconds in every
// file that includes it, so that only the few files do that look into the parser itself.
namespace kamili::ctl {

// An option or an argument of a command. A handle: copies mean the same option.
class Option {
  public:
    explicit Option(CLI::Option& option) : option_(&option) {}

    Option Required() const;
    Option OneOf(std::initializer_list<const char*> values) const;
    Option Between(int lowest, int highest) const;
    Option NonNegative() const;
    Option Excludes(Option other) const;
    // One value each time the option is given, so that arguments may follow.
    Option OneValueEach() const;

  private:
    CLI::Option* option_;
};

// A command of the command line. A handle: copies mean the same command. Variables are filled while
// the line is parsed and must live until then.
class Command {
  public:
    explicit Command(CLI::App& app) : app_(&app) {}

    Command AddCommand(const std::string& name, const std::string& help) const;
    // A command that is not shown and takes any words behind it.
    Command AddHiddenCommand(const std::string& name) const;
    // Without one of its commands this one says nothing.
    void RequireCommand() const;
    // Makes an example the last paragraph of the help.
    void GiveExample(const std::string& example) const;
    void WhenChosen(std::function<void()> run) const;

    // "--name" for an option, "NAME" for an argument.
    Option AddOption(const std::string& name, std::string& value, const std::string& help) const;
    Option AddOption(const std::string& name, std::optional<std::string>& value,
                     const std::string& help) const;
    Option AddOption(const std::string& name, std::vector<std::string>& values,
                     const std::string& help) const;
    Option AddOption(const std::string& name, int& value, const std::string& help) const;
    Option AddOption(const std::string& name, std::optional<int>& value,
                     const std::string& help) const;
    Option AddOption(const std::string& name, std::optional<std::int64_t>& value,
                     const std::string& help) const;
    void AddFlag(const std::string& name, bool& value, const std::string& help) const;

  private:
    CLI::App* app_;
};

}  // namespace kamili::ctl
