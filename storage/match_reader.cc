#include "storage/match_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/view.h"

namespace kamili::storage {
namespace {

// Where each match lies in time, from an index alone: the events' own rows are thousands of pages.
#define KAMILI_MATCHES                                                                     \
    "SELECT event_texts.rowid,e.calendar_id,e.span_from_ms,e.span_to_ms FROM event_texts " \
    "CROSS JOIN events e INDEXED BY events_by_id ON e.id=event_texts.rowid&68719476735 "   \
    "WHERE event_texts MATCH ?1"
#define KAMILI_BETWEEN " AND event_texts.rowid>=?2 AND event_texts.rowid<=?3"
constexpr char kRankedSql[] = KAMILI_MATCHES " ORDER BY event_texts.rank";
constexpr char kMatchesSql[] = KAMILI_MATCHES KAMILI_BETWEEN;
#undef KAMILI_BETWEEN
#undef KAMILI_MATCHES
constexpr char kCountSql[] =
    "SELECT count(*) FROM (SELECT rowid FROM event_texts WHERE event_texts MATCH ?1 LIMIT ?2)";
constexpr char kFromTheEndSql[] =
    "SELECT rowid FROM event_texts WHERE event_texts MATCH ?1 AND rowid>=0 AND rowid<=?3 "
    "ORDER BY rowid DESC LIMIT 1 OFFSET ?2";

std::int64_t Ms(UtcTime time) { return time.time_since_epoch().count(); }

constexpr SearchKeys kAllKeys{.first = std::numeric_limits<std::int64_t>::min(),
                              .last = std::numeric_limits<std::int64_t>::max()};
// So few that none is worth a second look at the index.
constexpr std::int64_t kFewMatches = 250;
// Counting more from the end is no less work than reading all.
constexpr std::size_t kFromTheEndMax = 10'000;
constexpr std::int64_t kDayMs = 86'400'000;
// How far around the moment asked about matches are read at first, and at the most in steps.
constexpr std::int64_t kFirstReachMs = 8 * kDayMs;
constexpr std::int64_t kLastReachMs = 8192 * kDayMs;

}  // namespace

Status MatchReader::Run() {
    if (question_.order == SearchOrder::kBest) return ReadRanked();
    const auto few = AreFew();
    if (!few) return few.error();
    if (*few) return Collect(kAllKeys);
    const auto enough = IsNewest() ? ReadFromTheEnd() : ReadAroundNow();
    if (!enough) return enough.error();
    return *enough ? Status() : Read(kBeforeAllMs, kAfterAllMs);
}

std::vector<model::EventId> MatchReader::Take() {
    const auto end =
        matches_.begin() + static_cast<std::ptrdiff_t>(std::min(question_.wanted, matches_.size()));
    if (question_.order != SearchOrder::kBest)
        std::partial_sort(matches_.begin(), end, matches_.end());
    std::vector<model::EventId> out;
    for (auto match = matches_.begin(); match != end; ++match)
        out.push_back(model::EventId(match->id));
    return out;
}

Result<bool> MatchReader::AreFew() {
    auto statement = view_.connection().Prepare(kCountSql);
    if (!statement) return std::move(statement).error();
    const auto row = statement->Bind(1, query_).Bind(2, kFewMatches + 1).Step();
    if (!row) return row.error();
    return statement->Int(0) <= kFewMatches;
}

Status MatchReader::ReadRanked() {
    auto statement = view_.connection().Prepare(kRankedSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, query_);
    return Collect(*statement);
}

Result<bool> MatchReader::ReadAroundNow() {
    const std::int64_t now = Ms(question_.now);
    for (std::int64_t reach = kFirstReachMs; reach <= kLastReachMs; reach = NextReach(reach)) {
        if (auto done = Read(now - reach, now + reach); !done) return std::move(done).error();
        if (CountWithin(reach) >= question_.wanted) return true;
    }
    return false;
}

// As far as there should be enough, if they are as dense there; what is alive grows no more.
std::int64_t MatchReader::NextReach(std::int64_t reach) const {
    const std::size_t alive = CountWithin(0);
    const std::size_t near = std::max<std::size_t>(CountWithin(reach) - alive, 1);
    const std::size_t missing = question_.wanted - std::min(alive, question_.wanted);
    return reach * static_cast<std::int64_t>(std::clamp<std::size_t>(missing / near + 1, 2, 16));
}

// From where so many short ones begin that they are enough, if all are wanted.
Result<bool> MatchReader::ReadFromTheEnd() {
    const SearchKeys short_ones =
        KeysThatBegin(0, kBeforeAllMs, question_.to ? Ms(*question_.to) : kAfterAllMs);
    for (std::size_t count = question_.wanted; count < kFromTheEndMax; count *= 8) {
        auto statement = view_.connection().Prepare(kFromTheEndSql);
        if (!statement) return std::move(statement).error();
        statement->Bind(1, query_).Bind(2, static_cast<std::int64_t>(count));
        statement->Bind(3, short_ones.last);
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return false;
        const std::int64_t since = BeginOfSearchKey(statement->Int(0));
        if (auto done = Read(since, kAfterAllMs); !done) return std::move(done).error();
        if (CountWithin(-since) >= question_.wanted) return true;
    }
    return false;
}

// All that ends after `since` and begins until `until`, but for what would not be in the answer.
// Long ones first: often enough of them are alive, and then nothing else can precede them but what
// is alive, too, and began later.
Status MatchReader::Read(std::int64_t since, std::int64_t until) {
    for (int search_class = kSearchClasses - 1; search_class >= 0; --search_class) {
        if (last_begin_ && IsNewest()) return {};
        if (last_begin_) since = until = Ms(question_.now);
        if (auto done = ReadClass(search_class, since, until); !done) return done;
    }
    return {};
}

Status MatchReader::ReadClass(int search_class, std::int64_t since, std::int64_t until) {
    if (question_.from) since = std::max(since, Ms(*question_.from));
    if (question_.to) until = std::min(until, Ms(*question_.to));
    const std::int64_t begun =
        std::max(EarliestBegin(search_class, since), last_begin_.value_or(kBeforeAllMs));
    const SearchKeys keys = KeysThatBegin(search_class, begun, until);
    if (keys.first > keys.last) return {};
    const auto had = std::exchange(read_[static_cast<std::size_t>(search_class)], keys);
    if (!had) return search_class == 0 ? Collect(keys) : CollectLongOnes(keys);
    if (keys.first < had->first)
        if (auto done = Collect({.first = keys.first, .last = had->first - 1}); !done) return done;
    return keys.last > had->last ? Collect({.first = had->last + 1, .last = keys.last}) : Status();
}

// Of those with which the answer begins, no more than are wanted: the series that are alive may be
// thousands. Hours are read whole, since within one the numbers do not follow time.
Status MatchReader::CollectLongOnes(const SearchKeys& keys) {
    auto statement = view_.connection().Prepare(kMatchesSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, query_).Bind(2, keys.first).Bind(3, keys.last);
    std::size_t first_ones = 0;
    std::int64_t begin = 0;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) break;
        const std::int64_t begins = BeginOfSearchKey(statement->Int(0));
        if (first_ones >= question_.wanted && begins < begin) break;
        const auto match = MatchOf(*statement);
        if (!match) continue;
        matches_.push_back(*match);
        if (!IsFirstOfAll(*match)) continue;
        ++first_ones;
        begin = begins;
    }
    if (first_ones >= question_.wanted) last_begin_ = begin;
    return {};
}

Status MatchReader::Collect(const SearchKeys& keys) {
    auto statement = view_.connection().Prepare(kMatchesSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, query_).Bind(2, keys.first).Bind(3, keys.last);
    return Collect(*statement);
}

Status MatchReader::Collect(Statement& statement) {
    for (;;) {
        const auto row = statement.Step();
        if (!row) return row.error();
        if (!*row) return {};
        if (const auto match = MatchOf(statement)) matches_.push_back(*match);
    }
}

// Nothing for one that the question leaves out.
std::optional<MatchReader::Match> MatchReader::MatchOf(Statement& statement) const {
    const std::int64_t from = statement.Int(2);
    const std::int64_t to = statement.Int(3);
    if (!std::binary_search(calendars_.begin(), calendars_.end(), statement.Int(1))) return {};
    if (question_.from && to < Ms(*question_.from)) return {};
    if (question_.to && from >= Ms(*question_.to)) return {};
    return Match{.distance = DistanceOf(from, to),
                 .begun = from,
                 .id = EventOfSearchKey(statement.Int(0)).row()};
}

std::int64_t MatchReader::DistanceOf(std::int64_t from, std::int64_t to) const {
    const std::int64_t now = Ms(question_.now);
    if (question_.order == SearchOrder::kBest) return 0;
    if (IsNewest()) return -to;
    return std::max<std::int64_t>({from - now, now - to, 0});
}

// No distance is smaller.
bool MatchReader::IsFirstOfAll(const Match& match) const {
    return match.distance <= (IsNewest() ? -kForeverMs : 0);
}

std::size_t MatchReader::CountWithin(std::int64_t distance) const {
    return static_cast<std::size_t>(
        std::count_if(matches_.begin(), matches_.end(),
                      [&](const Match& match) { return match.distance <= distance; }));
}

}  // namespace kamili::storage
