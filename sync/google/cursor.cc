#include "sync/google/cursor.h"

#include <nlohmann/json.hpp>

#include "sync/json_body.h"

namespace kamili::sync::google {
namespace {

using nlohmann::json;

// Two tokens refused within a day of their birth: this calendar takes none. It is asked again after
// a week, since what Google generates changes.
constexpr std::int64_t kRefusedMax = 2;
constexpr std::chrono::hours kYoung{24};
constexpr std::chrono::hours kAskAgain{7 * 24};

}  // namespace

Cursor ReadCursor(const std::string& text) {
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_object()) return {};
    return {.sync = TextOf(parsed, "sync"),
            .page = TextOf(parsed, "page"),
            .issued = UtcTime(std::chrono::milliseconds(NumberOf(parsed, "issued_ms"))),
            .refused = NumberOf(parsed, "refused"),
            .gaps = FlagOf(parsed, "gaps")};
}

std::string CursorText(const Cursor& cursor) {
    json out = json::object();
    if (!cursor.sync.empty()) out["sync"] = cursor.sync;
    if (!cursor.page.empty()) out["page"] = cursor.page;
    if (cursor.issued != UtcTime{}) out["issued_ms"] = cursor.issued.time_since_epoch().count();
    if (cursor.refused > 0) out["refused"] = cursor.refused;
    if (cursor.gaps) out["gaps"] = true;
    return out.dump();
}

Cursor AfterRound(const Cursor& before, const std::string& token, UtcTime now) {
    // A token that worked clears the record.
    if (!before.sync.empty()) return {.sync = token, .page = {}, .issued = now};
    if (before.refused < kRefusedMax)
        return {.sync = token, .page = {}, .issued = now, .refused = before.refused};
    if (now - before.issued < kAskAgain)
        return {.sync = {}, .page = {}, .issued = before.issued, .refused = before.refused};
    return {.sync = token, .page = {}, .issued = now, .refused = kRefusedMax - 1};
}

Cursor AfterRefusal(const Cursor& refused, UtcTime now) {
    // A page token that died says nothing about sync tokens.
    if (!refused.page.empty() || refused.sync.empty())
        return {.sync = {}, .page = {}, .issued = refused.issued, .refused = refused.refused};
    if (now - refused.issued >= kYoung) return {};
    return {.sync = {}, .page = {}, .issued = now, .refused = refused.refused + 1};
}

}  // namespace kamili::sync::google
