#include "model/event.h"

#include <array>

#include "model/change.h"
#include "model/name_table.h"

namespace kamili::model {
namespace {

constexpr std::array kKinds = {
    Name<EventKind>{EventKind::kSingle, "single"}, Name<EventKind>{EventKind::kSeries, "series"},
    Name<EventKind>{EventKind::kException, "exception"},
    Name<EventKind>{EventKind::kCancelledException, "cancelled_exception"},
    Name<EventKind>{EventKind::kInstance, "instance"}};
constexpr std::array kStatuses = {Name<EventStatus>{EventStatus::kConfirmed, "confirmed"},
                                  Name<EventStatus>{EventStatus::kTentative, "tentative"},
                                  Name<EventStatus>{EventStatus::kCancelled, "cancelled"}};
constexpr std::array kResponses = {Name<Response>{Response::kNone, "none"},
                                   Name<Response>{Response::kNeedsAction, "needs_action"},
                                   Name<Response>{Response::kAccepted, "accepted"},
                                   Name<Response>{Response::kTentative, "tentative"},
                                   Name<Response>{Response::kDeclined, "declined"},
                                   Name<Response>{Response::kOrganizer, "organizer"}};
constexpr std::array kChanges = {Name<ChangeKind>{ChangeKind::kAdded, "added"},
                                 Name<ChangeKind>{ChangeKind::kChanged, "changed"},
                                 Name<ChangeKind>{ChangeKind::kRemoved, "removed"}};

}  // namespace

std::string_view Text(EventKind kind) { return TextIn(kKinds, kind); }
std::optional<EventKind> EventKindFromText(std::string_view text) { return ValueIn(kKinds, text); }
std::string_view Text(EventStatus status) { return TextIn(kStatuses, status); }
std::optional<EventStatus> EventStatusFromText(std::string_view text) {
    return ValueIn(kStatuses, text);
}
std::string_view Text(Response response) { return TextIn(kResponses, response); }
std::optional<Response> ResponseFromText(std::string_view text) {
    return ValueIn(kResponses, text);
}
std::string_view Text(ChangeKind kind) { return TextIn(kChanges, kind); }

}  // namespace kamili::model
