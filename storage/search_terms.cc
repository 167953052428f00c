#include "storage/search_terms.h"

#include <string_view>

namespace kamili::storage {
namespace {

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

}  // namespace

Result<std::string> SearchQuery(const SearchQuestion& question) {
    std::string query = TermsOf(question.text);
    const std::string person = TermsOf(question.person);
    if (query.empty() && person.empty())
        return Error{.kind = ErrorKind::kInvalidArgument,
                     .message = "there is no word to search for",
                     .hint = "as in: kamilictl search 'budget review'"};
    if (!person.empty()) query += (query.empty() ? "" : " AND ") + ("people : (" + person + ")");
    return query;
}

}  // namespace kamili::storage
