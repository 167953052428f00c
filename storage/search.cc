#include <algorithm>
#include <string>
#include <vector>

#include "storage/event_rows.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

// By rank alone, so that FTS5 sorts numbers and not whole events; the events that are answered are
// read one by one after that.
constexpr char kRankedSql[] = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rank";
constexpr char kEventSql[] = "SELECT " KAMILI_EVENT_COLUMNS
                             " FROM events e JOIN calendars c ON c.id=e.calendar_id "
                             "WHERE e.id=? AND c.enabled=1";
constexpr char kSnippetSql[] =
    "SELECT snippet(search,-1,'','','\xe2\x80\xa6',12) FROM search WHERE search MATCH ? AND "
    "rowid=?";
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
std::string QueryOf(std::string_view text) {
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

Result<std::string> Snippet(const ReadView& view, const std::string& query, std::int64_t id) {
    auto statement = view.connection().Prepare(kSnippetSql);
    if (!statement) return std::move(statement).error();
    const auto row = statement->Bind(1, query).Bind(2, id).Step();
    if (!row) return row.error();
    return *row ? statement->Text(0) : "";
}

// Nothing if it is of a calendar that was not asked for.
Result<std::optional<SearchHit>> ReadHit(const ReadView& view, const SearchQuestion& question,
                                         const std::string& query, std::int64_t id) {
    auto statement = view.connection().Prepare(kEventSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, id);
    auto row = NextEventRow(*statement);
    if (!row) return std::move(row).error();
    const auto& wanted = question.calendars;
    if (!*row || (!wanted.empty() && std::find(wanted.begin(), wanted.end(),
                                               (*row)->event.calendar_id) == wanted.end()))
        return std::optional<SearchHit>();
    auto snippet = Snippet(view, query, id);
    if (!snippet) return std::move(snippet).error();
    return std::optional(
        SearchHit{.event = std::move((*row)->event), .snippet = std::move(*snippet)});
}

}  // namespace

Result<std::vector<SearchHit>> SearchEvents(const ReadView& view, const SearchQuestion& question) {
    std::string query = QueryOf(question.text);
    const std::string person = QueryOf(question.person);
    if (query.empty() && person.empty())
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "there is no word to search for",
                     .hint = "as in: kamilictl search 'budget review'"};
    if (!person.empty()) query += (query.empty() ? "" : " AND ") + ("people : (" + person + ")");
    auto ranked = view.connection().Prepare(kRankedSql);
    if (!ranked) return std::move(ranked).error();
    ranked->Bind(1, query);
    std::vector<SearchHit> out;
    while (out.size() < question.limit) {
        const auto row = ranked->Step();
        if (!row) return row.error();
        if (!*row) break;
        auto hit = ReadHit(view, question, query, ranked->Int(0));
        if (!hit) return std::move(hit).error();
        if (*hit) out.push_back(std::move(**hit));
    }
    return out;
}

}  // namespace kamili::storage
