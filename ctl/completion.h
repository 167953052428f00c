#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace kamili::ctl {

class Service;

// A word that may stand where the cursor is, and what it is.
struct Candidate {
    std::string word;
    std::string description;
};

// What the word at the cursor may be beside the listed candidates.
enum class Wanted { kNothing, kAccount, kCalendar, kFile };

struct Suggestions {
    std::vector<Candidate> candidates;
    Wanted wanted = Wanted::kNothing;
};

// What may be typed for the last of `words` (those behind kamilictl; the last one may be empty),
// read from the same tree that parses the command line. Nothing for a command that does not exist.
Suggestions Suggest(CLI::App& app, const std::vector<std::string>& words);

// The suggestions for the shells' completion scripts: "word TAB description" a line, those that
// begin with the last word; ":files" when file names are wanted. Accounts and calendars are asked
// of the daemon; without one there are none, since completion never complains.
std::string CompletionLines(CLI::App& app, const std::vector<std::string>& words, Service& service);

}  // namespace kamili::ctl
