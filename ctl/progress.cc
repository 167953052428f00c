#include "ctl/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ctl/fields.h"
#include "ctl/render_status.h"
#include "ctl/span.h"

namespace kamili::ctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTellFrom{1000};
constexpr int kBarCells = 20;

std::string Repeated(std::string_view cell, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += cell;
    return text;
}

}  // namespace

Pace::Reading Pace::Read(std::int64_t done, std::optional<std::int64_t> total) {
    const Instant now = clock_.Now();
    if (!began_) {
        began_ = now;
        first_ = done;
    }
    const auto took = std::chrono::duration_cast<milliseconds>(now - *began_);
    if (took < kTellFrom || done <= first_) return {};
    const double per_ms = static_cast<double>(done - first_) / static_cast<double>(took.count());
    Reading reading{.per_second = static_cast<std::int64_t>(per_ms * 1000), .left = std::nullopt};
    if (total && *total >= done)
        reading.left =
            milliseconds(static_cast<std::int64_t>(static_cast<double>(*total - done) / per_ms));
    return reading;
}

std::string ProgressBar(std::int64_t done, std::int64_t total, const Look& look) {
    const double part =
        total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0)
                  : 0;
    const int full = static_cast<int>(part * kBarCells);
    return fmt::format("[{}{}] {:>3} %", Repeated(look.ascii ? "#" : "█", full),
                       Repeated(look.ascii ? "." : "░", kBarCells - full),
                       static_cast<int>(part * 100));
}

std::string PaceWords(const Pace::Reading& reading, const char* things) {
    std::string text;
    if (reading.per_second) text += fmt::format("  {} {}/s", Grouped(*reading.per_second), things);
    if (reading.left) text += fmt::format("  {} left", Span(*reading.left));
    return text;
}

std::string PagesLine(const nlohmann::json& part, Pace& pace, const Look& look) {
    const auto pages = NumberField(part, "pages");
    const auto total = NumberField(part, "total");
    return fmt::format("{}  {} of {} pages{}", ProgressBar(pages, total, look), Grouped(pages),
                       Grouped(total), PaceWords(pace.Read(pages, total), "pages"));
}

}  // namespace kamili::ctl
