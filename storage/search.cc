#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/events.h"
#include "storage/search_key.h"
#include "storage/search_terms.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

// Where each match lies in time, from an index alone: the events' own rows are thousands of pages.
#define KAMILI_MATCHES                                                                            \
    "SELECT e.id,e.calendar_id,e.span_from_ms,e.span_to_ms FROM event_texts CROSS JOIN events e " \
    "INDEXED BY events_by_id ON e.id=event_texts.rowid&68719476735 WHERE event_texts MATCH ?1"
constexpr char kRankedSql[] = KAMILI_MATCHES " ORDER BY event_texts.rank";
constexpr char kMatchesSql[] =
    KAMILI_MATCHES " AND event_texts.rowid>=?2 AND event_texts.rowid<=?3";
#undef KAMILI_MATCHES
constexpr char kCountSql[] =
    "SELECT count(*) FROM (SELECT rowid FROM event_texts WHERE event_texts MATCH ?1 LIMIT ?2)";
constexpr char kFromTheEndSql[] =
    "SELECT rowid FROM event_texts WHERE event_texts MATCH ?1 AND rowid>=0 AND rowid<=?3 "
    "ORDER BY rowid DESC LIMIT 1 OFFSET ?2";
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

std::int64_t Ms(UtcTime time) { return time.time_since_epoch().count(); }

// The smaller the earlier in the answer; what is equally near begins with what began last.
struct Match {
    std::int64_t distance = 0;
    std::int64_t begun = 0;
    std::int64_t id = 0;

    friend bool operator<(const Match& a, const Match& b) {
        return std::tuple(a.distance, -a.begun, a.id) < std::tuple(b.distance, -b.begun, b.id);
    }
};

// So few that none is worth a second look at the index.
constexpr std::int64_t kFewMatches = 250;
// Counting more from the end is no less work than reading all.
constexpr std::size_t kFromTheEndMax = 10'000;
constexpr std::int64_t kDayMs = 86'400'000;
// How far around the moment asked about matches are read, one after the other until there are
// enough; then everything.
constexpr std::int64_t kReachesMs[] = {8 * kDayMs,   32 * kDayMs,   128 * kDayMs,
                                       512 * kDayMs, 2048 * kDayMs, 8192 * kDayMs};

// The matches in the order asked for, of which only those around the moment are read.
class MatchReader {
  public:
    MatchReader(const ReadView& view, const SearchQuestion& question, std::string query,
                std::vector<std::int64_t> calendars)
        : view_(view),
          question_(question),
          query_(std::move(query)),
          calendars_(std::move(calendars)) {}

    Status Run() {
        if (question_.order == SearchOrder::kBest) return ReadRanked();
        const auto few = AreFew();
        if (!few) return few.error();
        const auto enough = *few ? false : IsNewest() ? ReadFromTheEnd() : ReadAroundNow();
        if (!enough) return enough.error();
        return *enough ? Status() : Read(kBeforeAllMs, kAfterAllMs);
    }

    std::vector<model::EventId> Take() {
        const auto end = matches_.begin() +
                         static_cast<std::ptrdiff_t>(std::min(question_.wanted, matches_.size()));
        if (question_.order != SearchOrder::kBest)
            std::partial_sort(matches_.begin(), end, matches_.end());
        std::vector<model::EventId> out;
        for (auto match = matches_.begin(); match != end; ++match)
            out.push_back(model::EventId(match->id));
        return out;
    }

  private:
    bool IsNewest() const { return question_.order == SearchOrder::kNewest; }
    Result<bool> AreFew() {
        auto statement = view_.connection().Prepare(kCountSql);
        if (!statement) return std::move(statement).error();
        const auto row = statement->Bind(1, query_).Bind(2, kFewMatches + 1).Step();
        if (!row) return row.error();
        return statement->Int(0) <= kFewMatches;
    }

    Status ReadRanked() {
        auto statement = view_.connection().Prepare(kRankedSql);
        if (!statement) return std::move(statement).error();
        statement->Bind(1, query_);
        return Collect(*statement);
    }

    // True when what was read is enough.
    Result<bool> ReadAroundNow() {
        const std::int64_t now = Ms(question_.now);
        for (const std::int64_t reach : kReachesMs) {
            if (auto done = Read(now - reach, now + reach); !done) return std::move(done).error();
            if (HasEnough(reach)) return true;
        }
        return false;
    }

    // From where so many short ones begin that they are enough, if all are wanted.
    Result<bool> ReadFromTheEnd() {
        for (std::size_t count = question_.wanted; count < kFromTheEndMax; count *= 8) {
            auto statement = view_.connection().Prepare(kFromTheEndSql);
            if (!statement) return std::move(statement).error();
            statement->Bind(1, query_).Bind(2, static_cast<std::int64_t>(count));
            statement->Bind(3, EndKey());
            const auto row = statement->Step();
            if (!row) return row.error();
            if (!*row) return false;
            const std::int64_t since = BeginOfSearchKey(statement->Int(0));
            if (auto done = Read(since, kAfterAllMs); !done) return std::move(done).error();
            if (HasEnough(-since)) return true;
        }
        return false;
    }
    std::int64_t EndKey() const {
        return ShortOnesThatBegin(0, question_.to ? Ms(*question_.to) : kAfterAllMs).last;
    }

    // All that ends after `since`, and of what is short only what begins until `until`.
    Status Read(std::int64_t since, std::int64_t until) {
        if (question_.from) since = std::max(since, Ms(*question_.from));
        if (question_.to) until = std::min(until, Ms(*question_.to));
        const std::int64_t begun = since == kBeforeAllMs ? since : since - kShortSpanMs;
        if (auto done = Widen(short_, ShortOnesThatBegin(begun, until)); !done) return done;
        return Widen(long_, LongOnesThatEndAfter(since));
    }

    Status Widen(std::optional<SearchKeys>& read, const SearchKeys& keys) {
        if (keys.first > keys.last) return {};
        const auto had = std::exchange(read, keys);
        if (!had) return Collect(keys);
        if (auto done = Collect({.first = keys.first, .last = had->first - 1}); !done) return done;
        return Collect({.first = had->last + 1, .last = keys.last});
    }

    Status Collect(const SearchKeys& keys) {
        if (keys.first > keys.last) return {};
        auto statement = view_.connection().Prepare(kMatchesSql);
        if (!statement) return std::move(statement).error();
        statement->Bind(1, query_).Bind(2, keys.first).Bind(3, keys.last);
        return Collect(*statement);
    }

    Status Collect(Statement& statement) {
        for (;;) {
            const auto row = statement.Step();
            if (!row) return row.error();
            if (!*row) return {};
            const std::int64_t from = statement.Int(2);
            const std::int64_t to = statement.Int(3);
            if (!std::binary_search(calendars_.begin(), calendars_.end(), statement.Int(1)))
                continue;
            if (question_.from && to < Ms(*question_.from)) continue;
            if (question_.to && from >= Ms(*question_.to)) continue;
            matches_.push_back(
                {.distance = DistanceOf(from, to), .begun = from, .id = statement.Int(0)});
        }
    }

    std::int64_t DistanceOf(std::int64_t from, std::int64_t to) const {
        const std::int64_t now = Ms(question_.now);
        if (question_.order == SearchOrder::kBest) return 0;
        if (IsNewest()) return -to;
        return std::max<std::int64_t>({from - now, now - to, 0});
    }

    // All that is at most so far away was read.
    bool HasEnough(std::int64_t distance) const {
        return static_cast<std::size_t>(
                   std::count_if(matches_.begin(), matches_.end(), [&](const Match& match) {
                       return match.distance <= distance;
                   })) >= question_.wanted;
    }

    const ReadView& view_;
    const SearchQuestion& question_;
    const std::string query_;
    const std::vector<std::int64_t> calendars_;
    // What was read of each kind.
    std::optional<SearchKeys> short_;
    std::optional<SearchKeys> long_;
    std::vector<Match> matches_;
};

// Of the rows of one kind.
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
    // Between the two kinds lies everything.
    std::vector<std::int64_t> long_keys, short_keys;
    for (const model::EventId id : ids) {
        out[id];
        const auto key = FindKey(view, id);
        if (!key) return key.error();
        if (*key) (**key < 0 ? long_keys : short_keys).push_back(**key);
    }
    if (auto done = ReadSnippets(view, *query, long_keys, out); !done)
        return std::move(done).error();
    if (auto done = ReadSnippets(view, *query, short_keys, out); !done)
        return std::move(done).error();
    return out;
}

}  // namespace kamili::storage
