#include "storage/shared_meetings.h"

#include <algorithm>

#include "model/merge.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::EventId;

constexpr char kUidSql[] =
    "SELECT uid FROM occurrences WHERE calendar_id=? AND length_class=? AND start_ms=? AND "
    "event_id=?";
// From two indexes: the events' own rows are large.
constexpr char kMatesSql[] =
    "SELECT i.id,i.calendar_id FROM events u INDEXED BY events_by_uid CROSS JOIN events i "
    "INDEXED BY events_by_id ON i.id=u.id WHERE u.uid=? ORDER BY i.id";
constexpr char kRowsSql[] =
    "SELECT start_ms,original_ms,original,response FROM occurrences "
    "INDEXED BY occurrences_by_event" KAMILI_STRETCH " AND event_id=?6";

}  // namespace

struct SharedMeetings::Seen {
    model::Sighting sighting;
    std::int64_t start_ms = 0;
};

Result<bool> SharedMeetings::Stands(const Row& row) {
    auto known = events_.find(row.event);
    if (known == events_.end()) {
        auto statement = view_.connection().Prepare(kUidSql);
        if (!statement) return std::move(statement).error();
        const auto found = statement->Bind(1, row.calendar.row())
                               .Bind(2, row.length_class)
                               .Bind(3, row.start_ms)
                               .Bind(4, row.event.row())
                               .Step();
        if (!found) return found.error();
        const auto meeting = Find(*found ? statement->Text(0) : "");
        if (!meeting) return meeting.error();
        known = events_.emplace(row.event, *meeting).first;
    }
    const Meeting& meeting = *known->second;
    return !meeting.shared || meeting.standing.contains({row.event, row.start_ms});
}

Result<bool> SharedMeetings::IsShared(const std::string& uid) {
    const auto meeting = Find(uid);
    if (!meeting) return meeting.error();
    return (*meeting)->shared;
}

Result<const SharedMeetings::Meeting*> SharedMeetings::Find(const std::string& uid) {
    const auto known = meetings_.find(uid);
    if (known != meetings_.end()) return &known->second;
    auto meeting = Resolve(uid);
    if (!meeting) return std::move(meeting).error();
    return &meetings_.emplace(uid, std::move(*meeting)).first->second;
}

Result<SharedMeetings::Meeting> SharedMeetings::Resolve(const std::string& uid) {
    Meeting out;
    if (uid.empty()) return out;
    const auto mates = MatesOf(uid);
    if (!mates) return mates.error();
    out.shared = std::any_of(mates->begin(), mates->end(), [&](const Mate& mate) {
        return mate.calendar.account != mates->front().calendar.account;
    });
    if (!out.shared) return out;
    std::vector<Seen> seen;
    for (const Mate& mate : *mates) {
        lost_ |= std::find(expanded_.begin(), expanded_.end(), mate.event) != expanded_.end();
        for (const LengthClass& length : LengthClasses())
            if (auto done = ReadRows(mate, length, seen); !done) return std::move(done).error();
    }
    std::vector<model::Sighting> sightings;
    for (const Seen& one : seen) sightings.push_back(one.sighting);
    for (model::Sighting& one : sightings) one.uid = uid;
    for (const auto& meeting : model::MergeSightings(sightings))
        out.standing.emplace(seen[meeting.chosen].sighting.event, seen[meeting.chosen].start_ms);
    return out;
}

Result<std::vector<SharedMeetings::Mate>> SharedMeetings::MatesOf(const std::string& uid) {
    auto statement = view_.connection().Prepare(kMatesSql);
    if (!statement) return std::move(statement).error();
    statement->Bind(1, uid);
    std::vector<Mate> out;
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return out;
        const CalendarId calendar(statement->Int(1));
        const auto enabled =
            std::find_if(calendars_.begin(), calendars_.end(),
                         [&](const EnabledCalendar& one) { return one.id == calendar; });
        if (enabled != calendars_.end())
            out.push_back({.event = EventId(statement->Int(0)), .calendar = *enabled});
    }
}

Status SharedMeetings::ReadRows(const Mate& mate, const LengthClass& length,
                                std::vector<Seen>& seen) {
    auto statement = view_.connection().Prepare(kRowsSql);
    if (!statement) return std::move(statement).error();
    BindStretch(*statement, mate.calendar.id, length, range_);
    statement->Bind(6, mate.event.row());
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return {};
        const std::int64_t start = statement->Int(0);
        const std::string_view original = statement->TextView(2);
        model::Sighting sighting;
        // "2026-01-15"
        sighting.all_day = original.empty() ? length.all_day : original.size() == 10;
        sighting.original_ms = statement->OptionalInt(1).value_or(start);
        sighting.response =
            model::ResponseFromText(statement->TextView(3)).value_or(model::Response::kNone);
        sighting.account = mate.calendar.account;
        sighting.event = mate.event;
        seen.push_back({.sighting = sighting, .start_ms = start});
    }
}

}  // namespace kamili::storage
