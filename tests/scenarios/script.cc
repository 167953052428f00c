#include "tests/scenarios/script.h"

#include <filesystem>
#include <fstream>

namespace kamili::testing {
namespace {

using nlohmann::json;

Error Bad(const Script& script, int line, const std::string& what) {
    return {.kind = ErrorKind::kInvalidArgument,
            .message = script.name + ".scn:" + std::to_string(line) + ": " + what};
}

// Words at spaces; "in quotes" a word may hold some. JSON begins at the first bracket and takes
// the rest. False if it is none.
bool SplitLine(const std::string& text, ScriptStep& step) {
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ' ';
        if (!quoted && !begun && (c == '{' || c == '[')) {
            step.data = json::parse(text.substr(i), nullptr, false);
            return !step.data.is_discarded();
        }
        if (c == '"') {
            quoted = !quoted;
            begun = true;
        } else if (c != ' ' || (quoted && i < text.size())) {
            word += c;
            begun = true;
        } else if (begun) {
            step.words.push_back(std::move(word));
            word.clear();
            begun = false;
        }
    }
    return !quoted;
}

Status AddStep(Script& script, int line, const std::string& text) {
    ScriptStep step{.line = line, .verb = {}, .words = {}, .data = {}};
    if (!SplitLine(text, step) || step.words.empty()) return Bad(script, line, "cannot be read");
    step.verb = step.words.front();
    step.words.erase(step.words.begin());
    if (step.verb == "rows")
        script.rows = step.words;
    else
        script.steps.push_back(std::move(step));
    return {};
}

std::string Replaced(std::string text, const Names& names) {
    for (const auto& [name, value] : names) {
        const std::string mark = "$" + name;
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
            text.replace(at, mark.size(), value);
            at += value.size();
        }
    }
    return text;
}

void ReplaceIn(json& value, const Names& names) {
    if (value.is_string()) value = Replaced(value.get<std::string>(), names);
    if (value.is_structured())
        for (json& member : value) ReplaceIn(member, names);
}

}  // namespace

Result<Script> Script::Read(const std::string& path) {
    Script script;
    script.name = std::filesystem::path(path).stem().string();
    std::ifstream file(path);
    std::string text;
    std::string pending;
    int began = 0;
    int number = 0;
    while (std::getline(file, text)) {
        ++number;
        if (!text.empty() && text.front() == '#') {
            if (script.title.empty()) script.title = text.substr(text.find_first_not_of("# "));
            continue;
        }
        if (text.find_first_not_of(' ') == std::string::npos) continue;
        if (text.front() == ' ') {
            pending += text;
            continue;
        }
        if (!pending.empty())
            if (auto added = AddStep(script, began, pending); !added) return added.error();
        pending = text;
        began = number;
    }
    if (!pending.empty())
        if (auto added = AddStep(script, began, pending); !added) return added.error();
    if (script.title.empty() || script.rows.empty() || script.steps.empty())
        return Bad(script, 1, "a title, rows and steps are needed");
    return script;
}

ScriptStep WithNames(const ScriptStep& step, const Names& names) {
    ScriptStep out = step;
    for (std::string& word : out.words) word = Replaced(word, names);
    ReplaceIn(out.data, names);
    return out;
}

}  // namespace kamili::testing
