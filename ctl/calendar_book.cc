#include "ctl/calendar_book.h"

#include <nlohmann/json.hpp>
#include <set>

#include "ctl/display_text.h"
#include "ctl/fields.h"

namespace kamili::ctl {
namespace {

bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string Upper(char c) {
    return std::string(1, c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c);
}

// The first letter of the name that is still free, in either case, then any free one.
std::string ChooseLetter(const std::string& name, std::set<std::string>& taken) {
    std::string wishes;
    for (const char c : name)
        if (IsAsciiLetter(c)) wishes += Upper(c);
    for (const char c : name)
        if (c >= 'a' && c <= 'z') wishes += c;
    for (char c = 'A'; c <= 'Z'; ++c) wishes += c;
    for (char c = 'a'; c <= 'z'; ++c) wishes += c;
    for (const char c : wishes)
        if (taken.insert(std::string(1, c)).second) return std::string(1, c);
    return "*";
}

}  // namespace

CalendarBook::CalendarBook(const nlohmann::json& calendars) {
    std::set<std::string> taken;
    for (const auto& calendar : calendars) {
        const std::string name = Clean(TextField(calendar, "name"));
        names_[TextField(calendar, "id")] = {.letter = ChooseLetter(name, taken),
                                             .name = name,
                                             .color = TextField(calendar, "color")};
    }
}

CalendarName CalendarBook::Find(const std::string& id) const {
    const auto found = names_.find(id);
    return found != names_.end() ? found->second
                                 : CalendarName{.letter = "?", .name = Clean(id), .color = ""};
}

}  // namespace kamili::ctl
