#include "ctl/session.h"

#include <nlohmann/json.hpp>

#include "ctl/fields.h"
#include "ctl/render_status.h"

namespace kamili::ctl {

using nlohmann::json;

Result<LocalTime> OpenZone(const Session& session, const std::optional<std::string>& name) {
    return LocalTime::Open(name.value_or(session.own_zone));
}

View MakeView(const Session& session, const LocalTime& zone) {
    return {.look = session.output.look(), .now = session.clock.UtcNow(), .zone = zone};
}

Result<json> Collect(Service& service, const std::string& method, const json& parameters,
                     const char* list) {
    json whole = json::object();
    json rows = json::array();
    bool complete = true;
    json stale = json::array();
    const auto status = service.Stream(method, parameters, [&](const json& part, bool) {
        for (const json& row : ListField(part, list)) rows.push_back(row);
        if (part.contains("complete")) complete = complete && FlagField(part, "complete");
        // Each part repeats what is stale; keep the longest telling.
        if (ListField(part, "stale").size() > stale.size()) stale = ListField(part, "stale");
        whole.update(part);
        return true;
    });
    if (!status) return status.error();
    if (whole.contains("complete")) whole["complete"] = complete;
    if (whole.contains("stale")) whole["stale"] = std::move(stale);
    whole[list] = std::move(rows);
    return whole;
}

json CalendarsForNames(Service& service) {
    const auto reply = service.Invoke("ListCalendars", json::object());
    return reply ? ListField(*reply, "calendars") : json::array();
}

void NoteStale(Session& session, const json& answer, const json& calendars, const View& view) {
    const std::string text = RenderStale(answer, calendars, view);
    if (!text.empty()) session.output.Note(text);
}

Result<json> FindAccount(Service& service, const std::string& text) {
    const auto reply = service.Invoke("ListAccounts", json::object());
    if (!reply) return reply.error();
    json found;
    for (const json& account : ListField(*reply, "accounts")) {
        if (TextField(account, "id") == text) return account;
        if (TextField(account, "address") != text) continue;
        if (!found.is_null())
            return Error{.kind = ErrorKind::kInvalidArgument,
                         .message = "several accounts have that address",
                         .hint = "name one by its id; kamilictl account list shows them"};
        found = account;
    }
    if (found.is_null())
        return Error{.kind = ErrorKind::kNotFound,
                     .message = "there is no account '" + text + "'",
                     .hint = "kamilictl account list shows them"};
    return found;
}

}  // namespace kamili::ctl
