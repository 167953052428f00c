#include "sync/graph/item.h"

#include <nlohmann/json.hpp>
#include <set>

#include "model/zone.h"
#include "net/url.h"
#include "sync/event_rules.h"
#include "sync/graph/cursor.h"
#include "sync/graph/errors.h"
#include "sync/graph/event.h"
#include "sync/json_body.h"

namespace kamili::sync::graph {
namespace {

using nlohmann::json;

constexpr const char* kFullSelect =
    "id,type,seriesMasterId,iCalUId,subject,body,start,end,originalStart,originalStartTimeZone,"
    "isAllDay,isCancelled,isOrganizer,showAs,sensitivity,location,organizer,attendees,"
    "responseStatus,recurrence,webLink,onlineMeeting,onlineMeetingUrl,categories,createdDateTime,"
    "lastModifiedDateTime";
// Under freebusy access no word of an event is asked for.
constexpr const char* kTimesSelect =
    "id,type,seriesMasterId,iCalUId,start,end,originalStart,originalStartTimeZone,isAllDay,"
    "isCancelled,showAs,sensitivity,responseStatus,recurrence,createdDateTime,"
    "lastModifiedDateTime";
constexpr const char* kMembersSelect = ",cancelledOccurrences,exceptionOccurrences";
constexpr const char* kInstancePage = "200";
// Instances of one series in one window; more means the server repeats itself.
constexpr std::size_t kInstancesMax = 20'000;

json StepOf(const std::string& step) {
    json parsed = json::parse(step, nullptr, false);
    return parsed.is_object() ? parsed : json::object();
}

std::string DumpStep(const json& step) {
    return step.dump(-1, ' ', false, json::error_handler_t::replace);
}

// One instance as the server expanded it, beside its master.
std::optional<model::Event> ReadInstance(const json& item, const model::Account& account,
                                         const model::Event& master) {
    auto instance = ReadEvent(item, account, &master);
    if (!instance) return instance;
    instance->kind = model::EventKind::kInstance;
    if (!instance->original_start) {
        instance->original_start = instance->start;
        std::erase(instance->flags, "malformed");
    }
    // Stubs say nothing of their own: then the series speaks. A title that is empty is one.
    const bool stub = TextOf(item, "type") != "exception";
    const auto is_told = [&](const char* name) {
        return item.contains(name) && !item[name].is_null();
    };
    if (stub && !is_told("subject")) instance->title = master.title;
    if (stub && !is_told("location")) instance->location = master.location;
    return instance;
}

// The instances, and the exceptions that the master names: some lists of instances lack them.
RemoteChange WithInstances(const json& step, const model::Account& account) {
    RemoteChange change = *ReadSeries(ObjectOf(step, "master"), account);
    change.members.clear();
    std::set<std::string> ids;
    const auto add = [&](const json& one) {
        auto instance = ReadInstance(one, account, change.event);
        if (instance && ids.insert(instance->remote_id).second)
            change.members.push_back(std::move(*instance));
    };
    for (const json& one : ArrayOf(step, "instances")) add(one);
    for (const json& one : ArrayOf(ObjectOf(step, "master"), "exceptionOccurrences"))
        if (!ObjectOf(one, "start").empty()) add(one);
    // Nothing of it takes place in the window, and its rule must not be expanded here.
    if (change.members.empty()) change.kind = RemoteChange::Kind::kRemoved;
    return change;
}

Result<ItemReply> ReadInstancesPage(const std::string& graph_url, const model::Account& account,
                                    json step, const json& body) {
    if (!HasArray(body, "value"))
        return Error{.kind = ErrorKind::kBadReply, .message = "the instances hold no list"};
    json& gathered = step["instances"];
    for (const json& one : ArrayOf(body, "value")) gathered.push_back(one);
    if (gathered.size() > kInstancesMax)
        return Error{.kind = ErrorKind::kBadReply, .message = "a series has endless instances"};
    ItemReply reply;
    const std::string next = TextOf(body, "@odata.nextLink");
    if (next.empty()) {
        reply.changes.push_back(WithInstances(step, account));
        return reply;
    }
    if (!IsOwnLink(next, graph_url))
        return Error{.kind = ErrorKind::kUntrusted, .message = "a link leads to a foreign server"};
    if (next == TextOf(step, "link"))
        return Error{.kind = ErrorKind::kBadReply, .message = "the instances repeat a page"};
    step["link"] = next;
    reply.next_step = DumpStep(step);
    return reply;
}

// A single event, or the way from an occurrence to its series.
ItemReply ReadAlone(const model::Account& account, const json& item, const json& step) {
    ItemReply reply;
    const std::string master = TextOf(item, "seriesMasterId");
    if (master.empty()) {
        if (auto event = ReadEvent(item, account, nullptr))
            reply.changes.push_back(
                {.kind = RemoteChange::Kind::kUpsert, .event = std::move(*event), .members = {}});
    } else if (!step.contains("series")) {
        reply.next_step = DumpStep({{"series", master}});
    }
    return reply;
}

Result<ItemReply> ReadWhole(const model::Account& account, const json& item, const json& step) {
    if (!IsSeriesMaster(item)) return ReadAlone(account, item, step);
    auto series = ReadSeries(item, account);
    if (!series) return Error{.kind = ErrorKind::kBadReply, .message = "a series has no id"};
    ItemReply reply;
    if (AreMembersWhole(item, *series) && IsExpandable(series->event)) {
        reply.changes.push_back(std::move(*series));
        return reply;
    }
    // Only the server can expand it.
    json next = step;
    next["mode"] = "instances";
    next["master"] = item;
    next["instances"] = json::array();
    reply.next_step = DumpStep(next);
    return reply;
}

RemoteChange Gone(const std::string& remote_id) {
    RemoteChange gone{.kind = RemoteChange::Kind::kRemoved, .event = {}, .members = {}};
    gone.event.remote_id = remote_id;
    return gone;
}

}  // namespace

std::string EventSelect(const model::Account& account) {
    return account.access == model::Access::kFreeBusy ? kTimesSelect : kFullSelect;
}

net::Header PreferHeader() {
    return {.name = "Prefer",
            .value =
                "outlook.timezone=\"UTC\", outlook.body-content-type=\"text\", "
                "IdType=\"ImmutableId\""};
}

net::Request ItemRequest(const std::string& graph_url, const model::Account& account,
                         const model::Calendar& calendar, const std::string& remote_id,
                         const std::string& step) {
    const json parsed = StepOf(step);
    const std::string mode = TextOf(parsed, "mode");
    const std::string series = TextOf(parsed, "series");
    const std::string item = graph_url + "/me/calendars/" + net::PercentEncode(calendar.remote_id) +
                             "/events/" + net::PercentEncode(series.empty() ? remote_id : series);
    net::Request request;
    request.url = item;
    request.headers = {PreferHeader()};
    if (mode == "instances") {
        const Cursor cursor = ReadCursor(calendar.cursor);
        request.url = TextOf(parsed, "link");
        if (request.url.empty())
            request.url = item + "/instances?" +
                          net::BuildQuery({{"startDateTime", cursor.from},
                                           {"endDateTime", cursor.to},
                                           {"$select", EventSelect(account)},
                                           {"$top", kInstancePage}});
    } else if (mode.empty()) {
        request.url += "?" + net::BuildQuery({{"$select", EventSelect(account) + kMembersSelect},
                                              {"$expand", "exceptionOccurrences"}});
    } else {
        request.url += "?" + net::BuildQuery({{"$select", EventSelect(account)}});
    }
    return request;
}

Result<ItemReply> ReadItemReply(const std::string& graph_url, const model::Account& account,
                                const std::string& remote_id, const std::string& step,
                                const net::Response& response, UtcTime now) {
    ItemReply reply;
    json parsed = StepOf(step);
    const std::string mode = TextOf(parsed, "mode");
    if (SaysGone(response)) {
        reply.changes.push_back(Gone(remote_id));
        return reply;
    }
    // An id that the service itself cannot read is nothing to go by.
    if (SaysBadId(response)) return reply;
    // National clouds do not know the two lists of a series.
    if (response.status == 400 && mode.empty()) {
        parsed["mode"] = "plain";
        reply.next_step = DumpStep(parsed);
        return reply;
    }
    if (response.status != 200) return ErrorOf(response, now);
    const auto body = ParseJsonBody(response);
    if (!body) return body.error();
    if (mode == "instances") return ReadInstancesPage(graph_url, account, std::move(parsed), *body);
    return ReadWhole(account, *body, parsed);
}

}  // namespace kamili::sync::graph
