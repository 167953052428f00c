#include "base/limited_log.h"

#include <algorithm>
#include <utility>

namespace kamili {
namespace {

// Messages are constants of the program, with few exceptions; this is for those.
constexpr std::size_t kMessagesMax = 1000;

}  // namespace

LimitedLog::LimitedLog(std::unique_ptr<Log> log, const Clock& clock)
    : log_(std::move(log)), clock_(clock) {}

std::optional<std::int64_t> LimitedLog::Admit(std::string_view message) {
    const Instant now = clock_.Now();
    const std::lock_guard lock(mutex_);
    auto found = messages_.find(message);
    if (found == messages_.end()) {
        if (messages_.size() >= kMessagesMax) messages_.clear();
        found = messages_.emplace(std::string(message), Message{.at = now}).first;
    }
    Message& of = found->second;
    const std::chrono::duration<double> since = now - of.at;
    of.room = std::min<double>(kLinesAtOnce, of.room + since.count());
    of.at = now;
    if (of.room < 1) {
        ++of.left_out;
        return std::nullopt;
    }
    of.room -= 1;
    return std::exchange(of.left_out, 0);
}

void LimitedLog::Write(LogLevel level, std::string_view message, Fields fields) {
    if (level == LogLevel::kDebug) return log_->Write(level, message, fields);
    const auto left_out = Admit(message);
    if (!left_out) return;
    if (*left_out > 0)
        log_->Write(level, "lines like the next one were left out", {{"count", *left_out}});
    log_->Write(level, message, fields);
}

}  // namespace kamili
