#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace kamili::testing {

// One line of a scenario: what to do, with words and at most one JSON value at its end.
struct ScriptStep {
    int line = 0;
    std::string verb;
    std::vector<std::string> words;
    nlohmann::json data;  // null if there is none
};

// A scenario file; docs/testing.md describes the form.
struct Script {
    std::string name;               // of the file, without ".scn"
    std::string title;              // its first comment
    std::vector<std::string> rows;  // of the fact sheets: "G39", "S41", "GP2", "MP14"
    std::vector<ScriptStep> steps;

    // kInvalidArgument with the line for what cannot be read.
    static Result<Script> Read(const std::string& path);
};

// Replaces "$name" in words and in every text of the JSON.
using Names = std::vector<std::pair<std::string, std::string>>;
ScriptStep WithNames(const ScriptStep& step, const Names& names);

}  // namespace kamili::testing
