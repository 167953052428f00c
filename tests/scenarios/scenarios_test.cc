// Aim: whatever the providers are known to do, the store and the status end as they should.
// Method: each file *.scn of this folder is a scenario (docs/testing.md), played with the whole
// engine in virtual time. One of them: test_scenarios -sc=NAME

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/scenarios/runner.h"

using namespace kamili::testing;

namespace {

std::vector<std::string> ScenarioFiles() {
    std::vector<std::string> files;
    const std::filesystem::path folder = std::string(KAMILI_TEST_DATA) + "/scenarios";
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".scn") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

TEST_CASE("every scenario ends as it says") {
    for (const std::string& file : ScenarioFiles()) {
        const std::string name = std::filesystem::path(file).stem().string();
        SUBCASE(name.c_str()) {
            const auto script = Script::Read(file);
            const std::string trouble = script ? "" : script.error().message;
            INFO(trouble);
            REQUIRE(script.has_value());
            Runner(*script).Run();
        }
    }
}

TEST_CASE("a scenario that does not say what it is for, or cannot be read, is refused") {
    const std::string folder = std::string(KAMILI_TEST_DATA) + "/scenarios/";
    CHECK_FALSE(Script::Read(folder + "CMakeLists.txt").has_value());
    CHECK_FALSE(Script::Read(folder + "there-is-no-such-file.scn").has_value());
}

TEST_CASE("the rows of a scenario exist, and the scenarios that the documents name do") {
    std::set<std::string> names;
    std::string listed;
    for (const char* page : {"/docs/providers.md", "/docs/simulator.md"}) {
        std::ifstream file(std::string(KAMILI_SOURCE) + page);
        listed.append(std::istreambuf_iterator<char>(file), {});
    }
    for (const std::string& file : ScenarioFiles()) {
        const auto script = Script::Read(file);
        REQUIRE(script.has_value());
        names.insert(script->name);
        for (const std::string& row : script->rows) {
            INFO(script->name, " names ", row);
            const auto digits = row.find_first_of("0123456789");
            REQUIRE(digits != std::string::npos);
            const std::string sheet = row.substr(0, digits);
            const int number = std::stoi(row.substr(digits));
            const int most = sheet == "G" ? 71 : sheet == "S" ? 65 : sheet == "GP" ? 37 : 50;
            CHECK((sheet == "G" || sheet == "S" || sheet == "GP" || sheet == "MP"));
            CHECK((number >= 1 && number <= most));
        }
    }
    for (const std::string prefix : {"`google-", "`graph-"})
        for (auto at = listed.find(prefix); at != std::string::npos;
             at = listed.find(prefix, at + 1)) {
            const std::string name = listed.substr(at + 1, listed.find('`', at + 1) - at - 1);
            INFO("the documents name ", name);
            CHECK(names.contains(name));
        }
}
