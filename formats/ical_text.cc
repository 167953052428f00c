#include "formats/ical_text.h"

#include <algorithm>

namespace kamili::formats {
namespace {

constexpr std::size_t kLineBytes = 75;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

// Control characters may stand nowhere, and a line's end would begin another property.
bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

void ICalText::Line(std::string_view line) {
    std::size_t room = kLineBytes;
    while (line.size() > room) {
        std::size_t cut = room;
        // Never inside a character.
        while (cut > 1 && IsContinuation(line[cut])) --cut;
        text_.append(line.substr(0, cut));
        text_ += "\r\n ";
        line.remove_prefix(cut);
        room = kLineBytes - 1;
    }
    text_.append(line);
    text_ += "\r\n";
}

void ICalText::Text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    std::string line(name);
    line += ':';
    for (const char c : value) {
        if (c == '\n')
            line += "\\n";
        else if (c == '\\' || c == ';' || c == ',')
            line += {'\\', c};
        else if (c == '\t' || !IsControl(c))
            line += c;
    }
    Line(line);
}

std::string QuotedParameter(std::string_view value) {
    std::string out = "\"";
    for (const char c : value)
        if (!IsControl(c)) out += c == '"' ? '\'' : c;
    return out + "\"";
}

}  // namespace kamili::formats
