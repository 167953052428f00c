#include "daemon/agenda_rows.h"

#include <algorithm>
#include <tuple>

#include "storage/calendars.h"

namespace kamili::daemon {
namespace {

using model::Meeting;
using storage::OccurrenceView;

constexpr std::int64_t kDayMs = 86'400'000;

template <typename IdType>
void AppendId(std::string& out, const char* name, IdType id) {
    out += '"';
    out += name;
    out += "\":\"";
    out += id.Text();
    out += '"';
}

void AppendText(std::string& out, const char* name, std::string_view text) {
    out += ",\"";
    out += name;
    out += "\":";
    AppendJson(out, text);
}

void AppendFlag(std::string& out, const char* name, bool flag) {
    out += ",\"";
    out += name;
    out += flag ? "\":true" : "\":false";
}

void AppendMoment(std::string& out, const OccurrenceView& row, std::int64_t ms,
                  std::int64_t offset_s) {
    if (!row.all_day) {
        // The zone is the start's; an end may have another one.
        const bool is_utc = row.zone == "UTC" && offset_s == 0;
        return AppendTime(out, ms, offset_s, is_utc ? Offset::kZulu : Offset::kNumber);
    }
    out += '"';
    AppendDate(out, ms / kDayMs);
    out += '"';
}

void AppendRecurrenceId(std::string& out, const OccurrenceView& row) {
    out += ",\"recurrence_id\":";
    if (!row.original_ms)
        out += "null";
    else if (row.original.empty())
        AppendMoment(out, row, row.start_ms, row.start_offset_s);
    else
        AppendJson(out, row.original);
}

}  // namespace

Result<AccountsByCalendar> ReadAccounts(const storage::ReadView& view) {
    const auto calendars = storage::ListCalendars(view);
    if (!calendars) return calendars.error();
    AccountsByCalendar out;
    for (const auto& calendar : *calendars) out[calendar.id] = calendar.account_id;
    return out;
}

void AgendaRows::AppendObject(const OccurrenceView& row, model::AccountId account) {
    AppendId(text_ += '{', "event_id", row.event_id);
    AppendId(text_ += ',', "account_id", account);
    AppendId(text_ += ',', "calendar_id", row.calendar_id);
    AppendText(text_, "uid", row.uid);
    AppendRecurrenceId(text_, row);
    AppendText(text_, "title", row.title);
    text_ += ",\"start\":";
    AppendMoment(text_, row, row.start_ms, row.start_offset_s);
    text_ += ",\"end\":";
    AppendMoment(text_, row, row.end_ms, row.end_offset_s);
    AppendFlag(text_, "all_day", row.all_day);
    AppendText(text_, "time_zone", row.zone);
    AppendText(text_, "status", row.status);
    AppendFlag(text_, "busy", row.busy);
    AppendText(text_, "location", row.location);
    AppendText(text_, "response", row.response);
    AppendText(text_, "visibility", row.visibility);
    AppendFlag(text_, "recurring", row.original_ms.has_value());
}

void AgendaRows::AppendOrigin(const OccurrenceView& row, model::AccountId account) {
    AppendId(text_ += '{', "account_id", account);
    AppendId(text_ += ',', "calendar_id", row.calendar_id);
    AppendId(text_ += ',', "event_id", row.event_id);
    AppendText(text_, "remote_id", row.remote_id);
    text_ += '}';
}

template <typename Append>
AgendaRows::Piece AgendaRows::Write(Append append) {
    const std::size_t at = text_.size();
    append();
    return {.at = at, .size = text_.size() - at};
}

UtcTime AgendaRows::TimeOf(bool all_day, std::int64_t ms) {
    const std::chrono::milliseconds time(ms);
    if (!all_day) return UtcTime(time);
    const auto [found, is_new] = midnights_.try_emplace(ms);
    if (is_new)
        found->second = asker_.ToUtc(
            std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(time)));
    return found->second;
}

void AgendaRows::Add(const OccurrenceView& row) {
    const auto account = accounts_.find(row.calendar_id);
    Entry entry;
    entry.account = account == accounts_.end() ? model::AccountId() : account->second;
    entry.start = TimeOf(row.all_day, row.start_ms);
    entry.end = TimeOf(row.all_day, row.end_ms);
    entry.timed = !row.all_day;
    entry.busy = row.busy;
    entry.event = row.event_id;
    entry.response = model::ResponseFromText(row.response).value_or(model::Response::kNone);
    entry.original_ms = row.original_ms.value_or(row.start_ms);
    // "2026-01-15"
    entry.original_all_day = row.original.empty() ? row.all_day : row.original.size() == 10;
    entry.uid = Write([&] { text_ += row.uid; });
    if (purpose_ == Purpose::kRows) {
        entry.object = Write([&] { AppendObject(row, entry.account); });
        entry.origin = Write([&] { AppendOrigin(row, entry.account); });
        entry.title = Write([&] { text_ += row.title; });
    }
    entries_.push_back(entry);
}

void AgendaRows::AddField(std::string_view name, std::string_view text) {
    Entry& last = entries_.back();
    last.object = Write([&] {
        // From itself: room first, so that the source does not move while it is copied.
        text_.reserve(text_.size() + last.object.size);
        text_.append(text_, last.object.at, last.object.size);
        text_ += ",\"";
        text_ += name;
        text_ += "\":";
        AppendJson(text_, text);
    });
}

bool AgendaRows::IsBefore(const Entry& a, const Entry& b) const {
    if (a.start != b.start) return a.start < b.start;
    return std::tuple(a.timed, a.end, View(a.title), a.event) <
           std::tuple(b.timed, b.end, View(b.title), b.event);
}

std::vector<Meeting> AgendaRows::Merge() const {
    std::vector<model::Sighting> sightings;
    sightings.reserve(entries_.size());
    for (const Entry& entry : entries_)
        sightings.push_back({.uid = View(entry.uid),
                             .all_day = entry.original_all_day,
                             .original_ms = entry.original_ms,
                             .response = entry.response,
                             .account = entry.account,
                             .event = entry.event});
    return model::MergeSightings(sightings);
}

std::vector<Meeting> AgendaRows::Apart() const {
    std::vector<Meeting> out(entries_.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i].chosen = i;
    return out;
}

void AgendaRows::Sort(std::vector<Meeting>& meetings) const {
    std::sort(meetings.begin(), meetings.end(), [&](const Meeting& a, const Meeting& b) {
        return IsBefore(entries_[a.chosen], entries_[b.chosen]);
    });
}

WrittenRows AgendaRows::Put(const std::vector<Meeting>& meetings) const {
    WrittenRows out;
    out.text.reserve(text_.size());
    out.ends.reserve(meetings.size());
    for (const Meeting& meeting : meetings) {
        out.text += View(entries_[meeting.chosen].object);
        out.text += ",\"origins\":[";
        out.text += View(entries_[meeting.chosen].origin);
        for (const std::size_t other : meeting.others) {
            out.text += ',';
            out.text += View(entries_[other].origin);
        }
        out.text += "]}";
        out.EndRow();
    }
    return out;
}

WrittenRows AgendaRows::Merged() const {
    auto meetings = Merge();
    Sort(meetings);
    return Put(meetings);
}

WrittenRows AgendaRows::Sorted() const {
    auto meetings = Apart();
    Sort(meetings);
    return Put(meetings);
}

WrittenRows AgendaRows::AsAdded() const { return Put(Apart()); }

std::vector<std::pair<UtcTime, UtcTime>> AgendaRows::BusyTimes(bool merge) const {
    std::vector<std::pair<UtcTime, UtcTime>> out;
    for (const Meeting& meeting : merge ? Merge() : Apart()) {
        const Entry& entry = entries_[meeting.chosen];
        if (entry.busy) out.emplace_back(entry.start, entry.end);
    }
    return out;
}

}  // namespace kamili::daemon
