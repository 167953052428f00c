#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/events.h"
#include "storage/match_reader.h"
#include "storage/search_key.h"
#include "storage/search_terms.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

constexpr char kEnabledSql[] = "SELECT id FROM calendars WHERE enabled=1";
// One pass over the matches for all: to find a single one of them is nearly as much work. Only
// those that are asked for cost a snippet.
constexpr char kSnippetsSql[] =
    "SELECT rowid,CASE WHEN rowid IN (SELECT value FROM json_each(?2)) "
    "THEN snippet(event_texts,-1,'','','\xe2\x80\xa6',12) END "
    "FROM event_texts WHERE event_texts MATCH ?1 AND rowid>=?3 AND rowid<=?4";
constexpr char kSpanSql[] =
    "SELECT span_from_ms,span_to_ms FROM events INDEXED BY events_by_id WHERE id=?";

// The calendars that count, sorted.
Result<std::vector<std::int64_t>> Wanted(const ReadView& view, const SearchQuestion& question) {
    auto statement = view.connection().Prepare(kEnabledSql);
    if (!statement) return std::move(statement).error();
    std::vector<std::int64_t> out;
    const auto& asked = question.calendars;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) break;
        const model::CalendarId id(statement->Int(0));
        if (asked.empty() || std::find(asked.begin(), asked.end(), id) != asked.end())
            out.push_back(id.row());
    }
    std::sort(out.begin(), out.end());
    return out;
}

// Of the rows of one class of length.
Status ReadSnippets(const ReadView& view, const std::string& query,
                    const std::vector<std::int64_t>& keys,
                    std::map<model::EventId, std::string>& out) {
    if (keys.empty()) return {};
    std::string list;
    for (const std::int64_t key : keys) list += (list.empty() ? "[" : ",") + std::to_string(key);
    list += "]";
    auto statement = view.connection().Prepare(kSnippetsSql);
    if (!statement) return std::move(statement).error();
    const auto [first, last] = std::minmax_element(keys.begin(), keys.end());
    statement->Bind(1, query).Bind(2, list).Bind(3, *first).Bind(4, *last);
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return {};
        const auto wanted = out.find(EventOfSearchKey(statement->Int(0)));
        if (wanted != out.end()) wanted->second = statement->Text(1);
    }
}

Result<std::optional<std::int64_t>> FindKey(const ReadView& view, model::EventId id) {
    auto statement = view.connection().Prepare(kSpanSql);
    if (!statement) return std::move(statement).error();
    const auto row = statement->Bind(1, id.row()).Step();
    if (!row) return row.error();
    if (!*row) return std::optional<std::int64_t>();
    return std::optional(SearchKey({.from_ms = statement->Int(0), .to_ms = statement->Int(1)}, id));
}

}  // namespace

Result<std::vector<model::EventId>> SearchEvents(const ReadView& view,
                                                 const SearchQuestion& question) {
    auto query = SearchQuery(question);
    if (!query) return std::move(query).error();
    auto calendars = Wanted(view, question);
    if (!calendars) return std::move(calendars).error();
    MatchReader reader(view, question, std::move(*query), std::move(*calendars));
    if (auto done = reader.Run(); !done) return std::move(done).error();
    return reader.Take();
}

Result<std::map<model::EventId, std::string>> SearchSnippets(
    const ReadView& view, const SearchQuestion& question, const std::vector<model::EventId>& ids) {
    std::map<model::EventId, std::string> out;
    if (ids.empty()) return out;
    const auto query = SearchQuery(question);
    if (!query) return query.error();
    // Between two classes lies everything.
    std::array<std::vector<std::int64_t>, kSearchClasses> keys;
    for (const model::EventId id : ids) {
        out[id];
        const auto key = FindKey(view, id);
        if (!key) return key.error();
        if (*key) keys[static_cast<std::size_t>(SearchClassOfKey(**key))].push_back(**key);
    }
    for (const auto& of_class : keys)
        if (auto done = ReadSnippets(view, *query, of_class, out); !done)
            return std::move(done).error();
    return out;
}

}  // namespace kamili::storage
