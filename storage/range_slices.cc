#include "storage/range_slices.h"

#include <algorithm>

#include "storage/range_stretch.h"
#include "storage/shared_meetings.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::TimeRange;

// Of a row that stands where the rule put it `original` is empty.
constexpr char kMovedSql[] =
    "SELECT DISTINCT uid FROM occurrences" KAMILI_STRETCH " AND original<>''";

bool AreOfSeveralAccounts(const std::vector<EnabledCalendar>& calendars) {
    return std::any_of(calendars.begin(), calendars.end(), [&](const EnabledCalendar& one) {
        return one.account != calendars.front().account;
    });
}

Status AddMoved(const ReadView& view, CalendarId calendar, const LengthClass& length,
                const TimeRange& range, std::set<std::string>& uids) {
    auto statement = view.connection().Prepare(kMovedSql);
    if (!statement) return std::move(statement).error();
    BindStretch(*statement, calendar, length, range);
    for (;;) {
        const auto row = statement->Step();
        if (!row) return row.error();
        if (!*row) return {};
        uids.insert(statement->Text(0));
    }
}

// Is there a meeting in several accounts of which a row was moved, or is not kept?
Result<bool> MayBeApart(const ReadView& view, const TimeRange& range,
                        const std::vector<EnabledCalendar>& calendars,
                        const std::vector<model::EventId>& expanded) {
    if (!AreOfSeveralAccounts(calendars)) return false;
    if (!expanded.empty()) return true;
    std::set<std::string> uids;
    for (const EnabledCalendar& calendar : calendars)
        for (const LengthClass& length : LengthClasses())
            if (auto done = AddMoved(view, calendar.id, length, range, uids); !done)
                return std::move(done).error();
    SharedMeetings shared(view, range, calendars, expanded);
    for (const std::string& uid : uids) {
        auto found = shared.IsShared(uid);
        if (!found || *found) return found;
    }
    return false;
}

bool Begins(const OccurrenceRow& row, const Stretch& piece, bool first) {
    return row.start_ms < piece.to && (first || row.start_ms >= piece.from);
}

}  // namespace

Result<std::optional<RangeSlices>> RangeSlices::Make(const ReadView& view, const TimeRange& range,
                                                     const std::vector<CalendarId>& calendars) {
    const auto covers = IndexCovers(view, range);
    if (!covers) return covers.error();
    if (!*covers) return std::optional<RangeSlices>();
    const auto enabled = EnabledCalendars(view, calendars);
    if (!enabled) return enabled.error();
    const auto expanded = ReadExpandedEvents(view, *enabled);
    if (!expanded) return expanded.error();
    if (calendars.empty()) {
        const auto apart = MayBeApart(view, range, *enabled, *expanded);
        if (!apart) return apart.error();
        if (*apart) return std::optional<RangeSlices>();
    }
    RangeSlices out(view, range);
    for (const EnabledCalendar& calendar : *enabled) out.calendars_.push_back(calendar.id);
    if (auto done = out.Expand(*expanded); !done) return std::move(done).error();
    return std::optional(std::move(out));
}

Status RangeSlices::Expand(const std::vector<model::EventId>& events) {
    for (const model::EventId id : events) {
        const auto series = FindSeries(view_, id);
        if (!series) return series.error();
        if (!*series) continue;
        std::vector<model::Occurrence> occurrences;
        complete_ &= ExpandOne(**series, range_, occurrences);
        for (const auto& one : occurrences)
            // Members have rows of their own.
            if (one.event == &(*series)->master) expanded_.push_back(RowOf(one));
    }
    return {};
}

Status RangeSlices::Read(const TimeRange& piece, const OnOccurrence& on_row) {
    const bool first = piece.from_date == range_.from_date;
    for (const LengthClass& length : LengthClasses()) {
        const Stretch whole = StretchOf(length, range_);
        Stretch bounds = StretchOf(length, piece);
        bounds.first_start = first ? whole.first_start : bounds.from;
        for (const CalendarId calendar : calendars_) {
            const Stretch stretch{
                .first_start = bounds.first_start, .from = whole.from, .to = bounds.to};
            if (auto done = ReadStretch(view_, calendar, length, stretch, on_row); !done)
                return done;
        }
        for (const OccurrenceRow& row : expanded_)
            if (length.number == LengthClassOf(row.all_day, row.end_ms - row.start_ms) &&
                Begins(row, bounds, first))
                on_row(ViewOf(row));
    }
    return {};
}

}  // namespace kamili::storage
