#include "sync/graph/cursor.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/url.h"
#include "sync/json_body.h"

namespace kamili::sync::graph {
namespace {

using nlohmann::json;
using std::chrono::days;
using std::chrono::hours;

// A round that has not ended by then never will (a known fault of the service).
constexpr std::int64_t kPagesMax = 2000;
// Pages are repeated now and then; so many in a row are a circle.
constexpr std::int64_t kStallsMax = 3;
constexpr std::size_t kRecentMax = 4;
constexpr hours kRebaseline{7 * 24};
constexpr std::int64_t kPageSizeMin = 200;
constexpr std::int64_t kPageSizeMax = 1000;

// FNV-1a.
std::uint64_t Hash(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

}  // namespace

Cursor ReadCursor(const std::string& text) {
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_object()) return {};
    Cursor cursor;
    cursor.link = TextOf(parsed, "link");
    cursor.from = TextOf(parsed, "from");
    cursor.to = TextOf(parsed, "to");
    cursor.began = UtcTime(std::chrono::milliseconds(NumberOf(parsed, "began_ms")));
    cursor.full = FlagOf(parsed, "full");
    cursor.gaps = FlagOf(parsed, "gaps");
    cursor.pages = NumberOf(parsed, "pages");
    for (const json& one : ArrayOf(parsed, "recent"))
        if (one.is_number_integer()) cursor.recent.push_back(one.get<std::uint64_t>());
    cursor.stalls = NumberOf(parsed, "stalls");
    cursor.plain_since = UtcTime(std::chrono::milliseconds(NumberOf(parsed, "plain_since_ms")));
    cursor.care = std::clamp<std::int64_t>(NumberOf(parsed, "care"), 0, kCareMax);
    return cursor;
}

std::string CursorText(const Cursor& cursor) {
    json out{{"link", cursor.link},
             {"from", cursor.from},
             {"to", cursor.to},
             {"began_ms", cursor.began.time_since_epoch().count()}};
    if (cursor.full) out["full"] = true;
    if (cursor.gaps) out["gaps"] = true;
    if (cursor.pages > 0) out["pages"] = cursor.pages;
    if (!cursor.recent.empty()) out["recent"] = cursor.recent;
    if (cursor.stalls > 0) out["stalls"] = cursor.stalls;
    if (cursor.IsPlain()) out["plain_since_ms"] = cursor.plain_since.time_since_epoch().count();
    if (cursor.care > 0) out["care"] = cursor.care;
    return out.dump();
}

Window Window::With(std::int64_t care) const {
    return care < 2 ? *this : Window{.past = past / 2, .future = future / 2};
}

std::int64_t Window::PageSize(std::int64_t care) const {
    const auto wanted =
        std::clamp<std::int64_t>((past + future).count() / 24 + 10, kPageSizeMin, kPageSizeMax);
    return care == 0 ? wanted : std::min(wanted * 2, kPageSizeMax);
}

Cursor Begin(const Window& window, const Cursor& before, UtcTime now) {
    const Window wanted = window.With(before.care);
    const auto today = std::chrono::floor<days>(now);
    Cursor cursor;
    cursor.from = FormatUtc(today - wanted.past);
    cursor.to = FormatUtc(today + wanted.future);
    cursor.began = now;
    cursor.full = true;
    cursor.care = before.care;
    if (now - before.plain_since < kRebaseline) cursor.plain_since = before.plain_since;
    return cursor;
}

Cursor AfterRefusal(const Cursor& refused, UtcTime now) {
    const bool circles = refused.stalls > 0 || refused.pages >= kPagesMax;
    Cursor cursor;
    cursor.care = refused.care;
    if (circles)
        cursor.care = std::min(refused.care + 1, kCareMax);
    else if (refused.care > 0 && !refused.full && now - refused.began > kRebaseline)
        --cursor.care;
    return cursor;
}

Cursor WithoutStream(const Cursor& refused, UtcTime now) {
    Cursor cursor;
    cursor.plain_since = now;
    cursor.care = refused.care;
    return cursor;
}

bool IsOutdated(const Cursor& cursor, const Window& window, const std::string& calendar,
                UtcTime now) {
    // A listing that is under way is finished first.
    if (cursor.link.empty() || cursor.full) return false;
    const Window wanted = window.With(cursor.care);
    const auto from = ParseRfc3339(cursor.from);
    const auto to = ParseRfc3339(cursor.to);
    if (!from || !to || *to - *from != wanted.past + wanted.future) return true;
    // Up to a day apart, so that not all calendars of a machine begin anew at once.
    const hours apart(static_cast<int>(Hash(calendar) % 24));
    return now - cursor.began > kRebaseline + apart;
}

bool NotePage(const std::vector<std::string>& ids, Cursor& cursor) {
    if (++cursor.pages > kPagesMax) return false;
    if (ids.empty()) return true;
    // The order does not matter: the same ids again are the same page.
    std::uint64_t print = ids.size();
    for (const std::string& id : ids) print += Hash(id) * 2 + 1;
    const auto known = std::find(cursor.recent.begin(), cursor.recent.end(), print);
    if (known != cursor.recent.end()) return ++cursor.stalls < kStallsMax;
    cursor.stalls = 0;
    if (cursor.recent.size() == kRecentMax) cursor.recent.erase(cursor.recent.begin());
    cursor.recent.push_back(print);
    return true;
}

bool IsOwnLink(const std::string& link, const std::string& graph_url) {
    const auto there = net::ParseUrl(link);
    const auto home = net::ParseUrl(graph_url);
    return there && home && there->Origin() == home->Origin();
}

}  // namespace kamili::sync::graph
