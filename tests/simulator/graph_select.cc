#include "tests/simulator/graph_select.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kamili::simulator {
namespace {

// v1.0 properties of an event; `uid` and `occurrenceId` exist in beta only.
constexpr std::array<std::string_view, 49> kProperties{"id",
                                                       "categories",
                                                       "changeKey",
                                                       "createdDateTime",
                                                       "lastModifiedDateTime",
                                                       "allowNewTimeProposals",
                                                       "attendees",
                                                       "body",
                                                       "bodyPreview",
                                                       "cancelledOccurrences",
                                                       "end",
                                                       "hasAttachments",
                                                       "hideAttendees",
                                                       "iCalUId",
                                                       "importance",
                                                       "isAllDay",
                                                       "isCancelled",
                                                       "isDraft",
                                                       "isOnlineMeeting",
                                                       "isOrganizer",
                                                       "isReminderOn",
                                                       "location",
                                                       "locations",
                                                       "onlineMeeting",
                                                       "onlineMeetingProvider",
                                                       "onlineMeetingUrl",
                                                       "organizer",
                                                       "originalEndTimeZone",
                                                       "originalStart",
                                                       "originalStartTimeZone",
                                                       "recurrence",
                                                       "reminderMinutesBeforeStart",
                                                       "responseRequested",
                                                       "responseStatus",
                                                       "sensitivity",
                                                       "seriesMasterId",
                                                       "showAs",
                                                       "start",
                                                       "subject",
                                                       "transactionId",
                                                       "type",
                                                       "webLink",
                                                       "attachments",
                                                       "calendar",
                                                       "exceptionOccurrences",
                                                       "extensions",
                                                       "instances",
                                                       "multiValueExtendedProperties",
                                                       "singleValueExtendedProperties"};

bool IsIn(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> Names(std::string_view text) {
    std::vector<std::string> names;
    std::string name;
    int depth = 0;
    for (const char c : text) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && depth == 0) {
            names.push_back(name);
            name.clear();
        } else if (c != ' ') {
            name += c;
        }
    }
    if (!name.empty()) names.push_back(name);
    return names;
}

bool AllKnown(const std::vector<std::string>& names, std::string& unknown) {
    for (const std::string& name : names) {
        if (std::find(kProperties.begin(), kProperties.end(), name) != kProperties.end()) continue;
        unknown = name;
        return false;
    }
    return true;
}

}  // namespace

bool GraphSelection::Selects(const std::string& name) const { return IsIn(select, name); }
bool GraphSelection::Expands(const std::string& name) const { return IsIn(expand, name); }

std::optional<GraphSelection> ReadSelection(const Query& query, std::string& unknown) {
    GraphSelection selection;
    selection.select = Names(query.Get("$select"));
    for (const std::string& part : Names(query.Get("$expand"))) {
        const std::size_t open = part.find('(');
        selection.expand.push_back(part.substr(0, open));
        const std::string_view inner = "($select=";
        if (open != std::string::npos && part.compare(open, inner.size(), inner) == 0)
            selection.expand_select = Names(std::string_view(part).substr(
                open + inner.size(), part.size() - open - inner.size() - 1));
    }
    if (!AllKnown(selection.select, unknown) || !AllKnown(selection.expand, unknown) ||
        !AllKnown(selection.expand_select, unknown))
        return std::nullopt;
    return selection;
}

Json Selected(const Json& item, const std::vector<std::string>& select) {
    if (select.empty()) return item;
    Json kept = Json::object();
    for (const auto& [name, value] : item.items())
        if (name == "id" || name.front() == '@' || IsIn(select, name)) kept[name] = value;
    return kept;
}

}  // namespace kamili::simulator
