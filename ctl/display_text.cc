#include "ctl/display_text.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "base/encoding.h"

namespace kamili::ctl {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

std::size_t SequenceLength(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xF0) return 4;
    if (first >= 0xE0) return 3;
    return 2;
}

// Takes one character from the front; a byte that begins none becomes the replacement character.
char32_t TakeCharacter(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = SequenceLength(first);
    if (length > text.size() || !IsUtf8(text.substr(0, length))) {
        text.remove_prefix(1);
        return kReplacement;
    }
    char32_t value = length == 1 ? first : first & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i)
        value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    text.remove_prefix(length);
    return value;
}

void Append(std::string& text, char32_t c) {
    if (c < 0x80) {
        text += static_cast<char>(c);
        return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    const unsigned lead = more == 1 ? 0xC0u : more == 2 ? 0xE0u : 0xF0u;
    text += static_cast<char>(lead | (c >> (6 * more)));
    for (int shift = 6 * (more - 1); shift >= 0; shift -= 6)
        text += static_cast<char>(0x80u | ((c >> shift) & 0x3Fu));
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Marks that change the direction of what follows, beyond the text that they came with.
bool IsDirectionMark(char32_t c) {
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool IsLineBreak(char32_t c) {
    return c == '\n' || c == '\r' || c == '\t' || c == '\v' || c == '\f' || c == 0x85 ||
           c == 0x2028 || c == 0x2029;
}

std::string CleanKeeping(std::string_view text, bool keep_newlines) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const char32_t c = TakeCharacter(text);
        if (c == '\n' && keep_newlines)
            clean += '\n';
        else if (c == '\r' && keep_newlines)
            continue;
        else if (IsLineBreak(c))
            clean += ' ';
        else if (!IsControl(c) && !IsDirectionMark(c))
            Append(clean, c);
    }
    return clean;
}

// wcwidth follows the locale of the thread; widths are asked of one that surely knows Unicode.
std::size_t CharacterColumns(char32_t c) {
    static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (c < 0x7F || kUnicode == nullptr) return 1;
    const locale_t before = uselocale(kUnicode);
    const int columns = wcwidth(static_cast<wchar_t>(c));
    uselocale(before);
    return columns > 0 ? static_cast<std::size_t>(columns) : 0;
}

// Below this much room text is a word a line and harder to read than further left.
constexpr std::size_t kRoomMin = 24;

std::size_t Indentation(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

// Where the last column of text of a line begins: "  --zone Z     Times of this zone".
std::size_t ColumnOfText(std::string_view line) {
    const std::size_t from = Indentation(line);
    const std::size_t gap = line.find("  ", from);
    if (gap == std::string_view::npos) return from;
    return std::min(line.find_first_not_of(' ', gap), line.size());
}

std::string FitLine(std::string_view line, std::size_t columns) {
    if (columns == 0 || Columns(line) <= columns) return std::string(line) + "\n";
    const std::size_t indent = Indentation(line);
    std::size_t at = ColumnOfText(line);
    std::size_t hang = Columns(line.substr(0, at));
    std::string head(line.substr(0, at));
    if (at == line.size() || hang + kRoomMin > columns) {
        hang = std::min(indent, columns / 4);
        head = at > indent && at < line.size() ? head : "";
        if (head.empty()) at = indent;
        while (head.ends_with(' ')) head.pop_back();
        if (!head.empty()) {
            head = FitLine(head, columns);
            hang += 4;
        }
    }
    const std::string wrapped = Wrap(line.substr(at), columns, hang);
    if (head.empty() || head.ends_with('\n')) return head + wrapped;
    return head + wrapped.substr(hang);
}

}  // namespace

std::string FitLines(std::string_view text, std::size_t columns) {
    std::string fitted;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        fitted += FitLine(line, columns);
    }
    return fitted;
}

std::string Clean(std::string_view text) { return CleanKeeping(text, false); }

std::string CleanLines(std::string_view text) { return CleanKeeping(text, true); }

std::size_t Columns(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) columns += CharacterColumns(TakeCharacter(text));
    return columns;
}

std::string Cut(std::string_view text, std::size_t columns, std::string_view mark) {
    if (Columns(text) <= columns) return std::string(text);
    const std::size_t mark_columns = Columns(mark);
    if (columns <= mark_columns) return std::string(columns == mark_columns ? mark : "");
    std::string cut;
    std::size_t used = 0;
    while (!text.empty()) {
        const char32_t c = TakeCharacter(text);
        used += CharacterColumns(c);
        if (used > columns - mark_columns) break;
        Append(cut, c);
    }
    while (cut.ends_with(' ')) cut.pop_back();
    return cut.append(mark);
}

std::string PadRight(std::string text, std::size_t columns) {
    const std::size_t used = Columns(text);
    if (used < columns) text.append(columns - used, ' ');
    return text;
}

std::string PadLeft(std::string text, std::size_t columns) {
    const std::size_t used = Columns(text);
    if (used < columns) text.insert(0, columns - used, ' ');
    return text;
}

std::string Wrap(std::string_view text, std::size_t columns, std::size_t indent) {
    const std::string margin(indent, ' ');
    const std::size_t room = columns > indent + 20 ? columns - indent : columns == 0 ? 0 : 20;
    std::string wrapped;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        std::string current;
        while (!line.empty()) {
            const std::string_view word = line.substr(0, line.find(' '));
            line.remove_prefix(std::min(line.size(), word.size() + 1));
            if (room > 0 && !current.empty() && Columns(current) + 1 + Columns(word) > room) {
                wrapped += margin + current + "\n";
                current.clear();
            }
            if (!current.empty()) current += ' ';
            current += word;
        }
        wrapped += current.empty() ? "\n" : margin + current + "\n";
    }
    return wrapped;
}

}  // namespace kamili::ctl
