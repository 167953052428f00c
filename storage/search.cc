#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "storage/events.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

// Where each match lies in time, from an index alone: the events' own rows are thousands of pages.
#define KAMILI_MATCHES                                                                       \
    "SELECT e.id,e.calendar_id,e.span_from_ms,e.span_to_ms FROM search CROSS JOIN events e " \
    "INDEXED BY events_by_id ON e.id=search.rowid WHERE search MATCH ?"
constexpr char kMatchesSql[] = KAMILI_MATCHES;
constexpr char kRankedSql[] = KAMILI_MATCHES " ORDER BY search.rank";
#undef KAMILI_MATCHES
constexpr char kEnabledSql[] = "SELECT id FROM calendars WHERE enabled=1";
// One pass over the matches for all: to find a single one of them is nearly as much work. Only
// those that are asked for cost a snippet.
constexpr char kSnippetsSql[] =
    "SELECT rowid,CASE WHEN rowid IN (SELECT value FROM json_each(?2)) "
    "THEN snippet(search,-1,'','','\xe2\x80\xa6',12) END "
    "FROM search WHERE search MATCH ?1 AND rowid>=?3 AND rowid<=?4";
constexpr std::size_t kTermsMax = 32;

bool IsWordByte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

// Dashes, quotes, bullets and the like (U+2000 to U+206F, U+3000 to U+303F): the tokenizer drops
// them, and a term of nothing else would match nothing.
bool IsPunctuation(std::string_view three) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(three[i]); };
    if (three.size() < 3) return false;
    return (at(0) == 0xe2 && (at(1) == 0x80 || (at(1) == 0x81 && at(2) < 0xb0))) ||
           (at(0) == 0xe3 && at(1) == 0x80);
}

bool HasWord(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (IsPunctuation(text.substr(i, 3)))
            i += 2;
        else if (IsWordByte(text[i]))
            return true;
    }
    return false;
}

// One term as an FTS5 string: everything in quotes, so that nothing in it is syntax.
std::string Quote(std::string_view term, bool prefix) {
    std::string out = "\"";
    for (const char c : term) {
        if (c == '\0') continue;
        out += c;
        if (c == '"') out += c;
    }
    return out + (prefix ? "\"*" : "\"");
}

// Words, "phrases" and pre* become an FTS5 query of which every term must match.
std::string TermsOf(std::string_view text) {
    std::string query;
    std::size_t terms = 0;
    std::size_t at = 0;
    while (at < text.size() && terms < kTermsMax) {
        const bool phrase = text[at] == '"';
        if (phrase) ++at;
        std::size_t end = text.find_first_of(phrase ? "\"" : " \t\n\"", at);
        if (end == std::string_view::npos) end = text.size();
        std::string_view term = text.substr(at, end - at);
        at = end + (phrase || (end < text.size() && text[end] != '"') ? 1 : 0);
        const bool prefix = !phrase && term.ends_with('*');
        if (prefix) term.remove_suffix(1);
        if (!HasWord(term)) continue;
        query += (query.empty() ? "" : " AND ") + Quote(term, prefix);
        ++terms;
    }
    return query;
}

Result<std::string> QueryOf(const SearchQuestion& question) {
    std::string query = TermsOf(question.text);
    const std::string person = TermsOf(question.person);
    if (query.empty() && person.empty())
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "there is no word to search for",
                     .hint = "as in: kamilictl search 'budget review'"};
    if (!person.empty()) query += (query.empty() ? "" : " AND ") + ("people : (" + person + ")");
    return query;
}

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

std::int64_t DistanceOf(const SearchQuestion& question, std::int64_t from, std::int64_t to) {
    const std::int64_t now = Ms(question.now);
    if (question.order == SearchOrder::kNewest) return -to;
    if (question.order == SearchOrder::kBest) return 0;
    return std::max<std::int64_t>({from - now, now - to, 0});
}

}  // namespace

Result<std::vector<model::EventId>> SearchEvents(const ReadView& view,
                                                 const SearchQuestion& question) {
    const auto query = QueryOf(question);
    if (!query) return query.error();
    const auto wanted = Wanted(view, question);
    if (!wanted) return wanted.error();
    const bool by_rank = question.order == SearchOrder::kBest;
    auto statement = view.connection().Prepare(by_rank ? kRankedSql : kMatchesSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, *query);
    std::vector<Match> matches;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) break;
        const std::int64_t from = statement->Int(2);
        const std::int64_t to = statement->Int(3);
        if (!std::binary_search(wanted->begin(), wanted->end(), statement->Int(1))) continue;
        if (question.from && to < Ms(*question.from)) continue;
        if (question.to && from >= Ms(*question.to)) continue;
        matches.push_back(
            {.distance = DistanceOf(question, from, to), .begun = from, .id = statement->Int(0)});
    }
    const auto wanted_end =
        matches.begin() + static_cast<std::ptrdiff_t>(std::min(question.wanted, matches.size()));
    if (!by_rank) std::partial_sort(matches.begin(), wanted_end, matches.end());
    std::vector<model::EventId> out;
    for (auto match = matches.begin(); match != wanted_end; ++match)
        out.push_back(model::EventId(match->id));
    return out;
}

Result<std::map<model::EventId, std::string>> SearchSnippets(
    const ReadView& view, const SearchQuestion& question, const std::vector<model::EventId>& ids) {
    std::map<model::EventId, std::string> out;
    if (ids.empty()) return out;
    const auto query = QueryOf(question);
    if (!query) return query.error();
    std::string list;
    for (const model::EventId id : ids) {
        out[id];
        list += (list.empty() ? "[" : ",") + std::to_string(id.row());
    }
    list += "]";
    auto statement = view.connection().Prepare(kSnippetsSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, *query).Bind(2, list);
    statement->Bind(3, out.begin()->first.row()).Bind(4, out.rbegin()->first.row());
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        const auto wanted = out.find(model::EventId(statement->Int(0)));
        if (wanted != out.end()) wanted->second = statement->Text(1);
    }
}

}  // namespace kamili::storage
