#include "ctl/manual.h"

#include <CLI/CLI.hpp>

namespace kamili::ctl {
namespace {

// Backslashes and hyphens as typed; no line may begin with a request.
std::string Roff(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool line_begins = out.empty() || out.back() == '\n';
        if (line_begins && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return out;
}

bool IsShown(const CLI::Option& option) { return !option.get_group().empty(); }
bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// What stands for a value: its choices, else a word for its type.
std::string ValueName(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const auto begin = type.find('{');
    const auto end = type.find('}', begin);
    if (begin == std::string::npos || end == std::string::npos) return "VALUE";
    std::string choices = type.substr(begin + 1, end - begin - 1);
    for (char& c : choices)
        if (c == ',') c = '|';
    return choices;
}

std::string FullName(const CLI::App& app) {
    return app.get_parent() ? FullName(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

std::string Synopsis(const CLI::App& app) {
    std::string line = "\\fB" + Roff(FullName(app)) + "\\fR";
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        const std::string name = option->get_single_name();
        const std::string dots = option->get_expected_max() > 1 ? " ..." : "";
        const std::string shown = "\\fI" + Roff(name) + "\\fR" + dots;
        line += option->get_required() ? " " + shown : " [" + shown + "]";
    }
    return line;
}

std::string OptionItem(const CLI::Option& option) {
    std::string item = ".TP\n";
    if (option.get_positional() && option.get_lnames().empty())
        item += "\\fI" + Roff(option.get_single_name()) + "\\fR";
    else
        item += "\\fB" + Roff("--" + option.get_lnames().front()) + "\\fR";
    if (!option.get_lnames().empty() && TakesValue(option))
        item += " \\fI" + Roff(ValueName(option)) + "\\fR";
    return item + "\n" + Roff(option.get_description()) + ".\n";
}

std::string OptionItems(const CLI::App& app) {
    std::string items;
    for (const CLI::Option* option : app.get_options())
        if (IsShown(*option) && option->get_single_name() != "help") items += OptionItem(*option);
    return items;
}

std::string Example(const CLI::App& app) {
    const std::string footer = app.get_footer();
    const auto line_break = footer.find('\n');
    if (line_break == std::string::npos) return "";
    const std::string example = footer.substr(footer.find_first_not_of(" \n", line_break));
    return ".PP\nExample: \\fB" + Roff(example) + "\\fR\n";
}

void AddCommand(const CLI::App& app, std::string& out) {
    if (app.get_group().empty()) return;
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty())
        out += ".SS " + Synopsis(app) + "\n" + Roff(app.get_description()) + ".\n" +
               OptionItems(app) + Example(app);
    for (const CLI::App* command : commands) AddCommand(*command, out);
}

}  // namespace

std::string ManualSections(CLI::App& app) {
    std::string out = ".SH OPTIONS\nThese stand anywhere on the line.\n" + OptionItems(app) +
                      ".TP\n\\fB\\-\\-help\\fR\nHelp, behind any command, too.\n.SH COMMANDS\n";
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        AddCommand(*command, out);
    return out;
}

}  // namespace kamili::ctl
