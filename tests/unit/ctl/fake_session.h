#pragma once

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>
#include <vector>

#include "base/random.h"
#include "ctl/console.h"
#include "ctl/output.h"
#include "ctl/service.h"
#include "ctl/session.h"
#include "tests/support/seeded_random.h"

namespace kamili::ctl {

// Answers each method from a list and remembers what was asked. A method with several answers gives
// them as the parts of a stream.
class FakeService final : public Service {
  public:
    using Calls = std::vector<std::pair<std::string, nlohmann::json>>;

    std::map<std::string, std::vector<nlohmann::json>> answers;
    std::map<std::string, Error> errors;
    Calls calls;

    Result<nlohmann::json> Invoke(const std::string& method,
                                  const nlohmann::json& parameters) override {
        calls.emplace_back(method, parameters);
        if (const auto error = errors.find(method); error != errors.end()) return error->second;
        const auto found = answers.find(method);
        return found == answers.end() ? nlohmann::json::object() : found->second.back();
    }

    Status Stream(const std::string& method, const nlohmann::json& parameters,
                  const OnPart& on_part) override {
        calls.emplace_back(method, parameters);
        const auto& parts = answers[method];
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (!on_part(parts[i], i + 1 == parts.size())) return {};
        if (const auto error = errors.find(method); error != errors.end()) return error->second;
        return {};
    }

    Result<nlohmann::json> Await(const std::string& method, const nlohmann::json& parameters,
                                 const std::function<bool()>& give_up) override {
        if (!give_up()) return Invoke(method, parameters);
        calls.emplace_back(method, parameters);
        return Error{.kind = ErrorKind::kCancelled, .message = "given up"};
    }

    Status Start(const std::string& method, const nlohmann::json& parameters,
                 std::chrono::milliseconds) override {
        const auto answer = Invoke(method, parameters);
        return answer ? Status() : answer.error();
    }

    // The parameters of the last call of `method`; null if there was none.
    nlohmann::json Asked(const std::string& method) const {
        for (auto call = calls.rbegin(); call != calls.rend(); ++call)
            if (call->first == method) return call->second;
        return nullptr;
    }
};

class FakeConsole final : public Console {
  public:
    bool is_interactive = false;
    bool has_browser = false;
    bool is_interrupted = false;
    std::deque<std::string> typed;
    std::vector<std::string> opened;

    bool interactive() const override { return is_interactive; }
    bool ended() const override { return typed.empty(); }
    std::optional<std::string> ReadLine(std::chrono::milliseconds) override {
        if (typed.empty()) return std::nullopt;
        std::string line = typed.front();
        typed.pop_front();
        return line;
    }
    Secret ReadSecret(std::chrono::milliseconds wait) override {
        return Secret(std::string_view(ReadLine(wait).value_or("")));
    }
    bool OpenBrowser(const std::string& url) override {
        opened.push_back(url);
        return has_browser;
    }
    bool Interrupted() override { return is_interrupted; }
};

// Every look at it takes a second, so that waiting ends.
class TickingClock final : public Clock {
  public:
    Instant Now() const override { return now_ += std::chrono::seconds(1); }
    UtcTime UtcNow() const override { return *ParseRfc3339("2026-11-22T10:35:00Z"); }

  private:
    mutable Instant now_{};
};

// A session whose outside is all here.
struct FakeSession {
    explicit FakeSession(OutputOptions options = {}) : output(out, err, options) {}

    std::ostringstream out, err;
    FakeService service;
    Output output;
    FakeConsole console;
    TickingClock clock;
    testing::SeededRandom random{1};
    Session session{.service = service,
                    .output = output,
                    .console = console,
                    .clock = clock,
                    .random = random,
                    .own_zone = "Europe/Berlin"};
};

}  // namespace kamili::ctl
