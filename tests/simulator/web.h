#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulator/simulator.h"

namespace kamili::simulator {

using Json = nlohmann::json;

// A query or form body, in order; names may repeat.
class Query {
  public:
    static Query Parse(std::string_view text);

    const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }
    bool Has(std::string_view name) const;
    // The first value, "" if absent.
    std::string Get(std::string_view name) const;
    // Whole number, or nothing if absent or not one.
    std::optional<int> Number(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

// A request with its target taken apart.
struct Call {
    const SimRequest& request;
    UtcTime now;
    std::vector<std::string> path;  // decoded segments
    std::string raw_path;           // as sent, without the query
    std::string raw_query;
    Query query;

    static Call Of(const SimRequest& request, UtcTime now);
    // "a/b" compared with the decoded segments from `at`; "*" matches any one segment.
    bool PathIs(std::string_view pattern, std::size_t at = 0) const;
    std::string Bearer() const;
};

std::string Decode(std::string_view text, bool plus_is_space);
std::string Encode(std::string_view text);
std::string EscapeHtml(std::string_view text);

SimReply JsonReply(int status, const Json& body);
SimReply HtmlReply(int status, const std::string& body);
SimReply Redirect(const std::string& location);
// The target with the values of codes, tokens and verifiers replaced.
std::string WithoutSecrets(const std::string& target);

}  // namespace kamili::simulator
