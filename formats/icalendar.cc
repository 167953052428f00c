#include "formats/icalendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "formats/ical_text.h"
#include "formats/ical_zone.h"
#include "model/recurrence.h"
#include "model/zone.h"

namespace kamili::formats {
namespace {

using model::Event;
using model::EventKind;
using model::EventTime;
using std::chrono::days;

constexpr days kAhead{365 * 30};

std::string Basic(std::string text) {
    std::erase(text, '-');
    std::erase(text, ':');
    return text;
}

std::string BasicUtc(UtcTime time) {
    return Basic(FormatUtc(std::chrono::floor<std::chrono::seconds>(time)));
}

// A wall time means the first pass of an overlap; the second can only be told in UTC.
bool NeedsUtc(const EventTime& time) {
    const auto zone = model::Zone::Load(time.zone);
    return time.zone == "UTC" || !zone || zone->ToUtc(time.wall) != time.utc;
}

// ";TZID=Europe/Berlin:20260115T100000", ";VALUE=DATE:20260115" or ":20260115T090000Z".
std::string TimeValue(const EventTime& time) {
    if (time.all_day) return ";VALUE=DATE:" + Basic(model::FormatWall(time));
    if (NeedsUtc(time)) return ":" + BasicUtc(time.utc);
    return ";TZID=" + ZoneTextId(time.zone) + ":" + Basic(model::FormatWall(time));
}

// The same instant in the form of the series, as RECURRENCE-ID and EXDATE have to be.
EventTime InFormOf(const Event& master, const EventTime& time) {
    if (master.start.all_day) return EventTime::Date(std::chrono::floor<days>(time.wall));
    if (time.all_day) return time;
    const auto zone = model::Zone::Load(master.start.zone);
    return zone ? model::TimedAt(time.utc, *zone) : time;
}

// RFC 5545 wants UNTIL of a timed series in UTC and of an all-day one as a date; providers send
// either with both.
std::string WithProperUntil(std::string line, const EventTime& start) {
    std::string upper = line;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto at = upper.find("UNTIL=");
    if (!upper.starts_with("RRULE") || at == std::string::npos) return line;
    const auto begin = at + 6;
    const auto end = std::min(upper.find(';', begin), upper.size());
    const std::string value = upper.substr(begin, end - begin);
    if (start.all_day) return line.replace(begin, end - begin, value.substr(0, 8));
    const auto zone = model::Zone::Load(start.zone);
    if (value.size() != 8 || !zone) return line;
    const auto date =
        model::ParseDate(value.substr(0, 4) + "-" + value.substr(4, 2) + "-" + value.substr(6, 2));
    if (!date) return line;
    const UtcTime last = zone->ToUtc(*date + days(1) - std::chrono::seconds(1));
    return line.replace(begin, end - begin, BasicUtc(last));
}

const char* Participation(model::Response response) {
    switch (response) {
        case model::Response::kAccepted:
        case model::Response::kOrganizer:
            return "ACCEPTED";
        case model::Response::kTentative:
            return "TENTATIVE";
        case model::Response::kDeclined:
            return "DECLINED";
        case model::Response::kNone:
        case model::Response::kNeedsAction:
            return "NEEDS-ACTION";
    }
    return "NEEDS-ACTION";
}

// An address that could not be one line's end of another property.
bool IsAddress(const std::string& address) {
    return !address.empty() && std::none_of(address.begin(), address.end(),
                                            [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

void AddPeople(ICalText& out, const Event& event) {
    const auto name = [](const model::Person& person) {
        return person.name.empty() ? "" : ";CN=" + QuotedParameter(person.name);
    };
    if (event.organizer && IsAddress(event.organizer->address))
        out.Line("ORGANIZER" + name(*event.organizer) + ":mailto:" + event.organizer->address);
    for (const model::Person& person : event.attendees) {
        if (!IsAddress(person.address)) continue;
        out.Line("ATTENDEE" + name(person) + (person.resource ? ";CUTYPE=RESOURCE" : "") +
                 (person.optional ? ";ROLE=OPT-PARTICIPANT" : "") +
                 ";PARTSTAT=" + Participation(person.response) + ":mailto:" + person.address);
    }
}

void AddTexts(ICalText& out, const Event& event) {
    out.Text("SUMMARY", event.title);
    out.Text("LOCATION", event.location);
    out.Text(event.description_is_html ? "X-ALT-DESC;FMTTYPE=text/html" : "DESCRIPTION",
             event.description);
    if (IsAddress(event.url)) out.Line("URL:" + event.url);
    if (IsAddress(event.conference_url)) out.Line("CONFERENCE;VALUE=URI:" + event.conference_url);
}

void AddState(ICalText& out, const Event& event) {
    const auto updated = event.updated ? event.updated : event.created;
    out.Line("DTSTAMP:" + BasicUtc(updated.value_or(UtcTime{})));
    if (event.created) out.Line("CREATED:" + BasicUtc(*event.created));
    if (event.updated) out.Line("LAST-MODIFIED:" + BasicUtc(*event.updated));
    out.Line(fmt::format("SEQUENCE:{}", event.sequence));
    std::string status(Text(event.status));
    for (char& c : status) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    out.Line("STATUS:" + status);
    out.Line(event.busy ? "TRANSP:OPAQUE" : "TRANSP:TRANSPARENT");
    if (event.visibility == "private") out.Line("CLASS:PRIVATE");
    if (event.visibility == "confidential") out.Line("CLASS:CONFIDENTIAL");
}

void AddRules(ICalText& out, const Event& master, std::span<const Event> exceptions) {
    for (const std::string& line : master.recurrence) {
        std::string whole = WithProperUntil(line, master.start);
        std::erase_if(whole, [](unsigned char c) { return c < 0x20; });
        out.Line(whole);
    }
    for (const Event& exception : exceptions)
        if (exception.kind == EventKind::kCancelledException && exception.original_start)
            out.Line("EXDATE" + TimeValue(InFormOf(master, *exception.original_start)));
}

void BeginEvent(ICalText& out, const Event& event, const std::string& uid) {
    out.Line("BEGIN:VEVENT");
    out.Text("UID", uid);
    out.Line("DTSTART" + TimeValue(event.start));
    if (event.end != event.start) out.Line("DTEND" + TimeValue(event.end));
}

void EndEvent(ICalText& out, const Event& event) {
    AddTexts(out, event);
    AddState(out, event);
    AddPeople(out, event);
    out.Line("END:VEVENT");
}

// The zones that TZID parameters of the recurrence lines name ("EXDATE;TZID=Europe/Berlin:...").
void AddZonesOfLines(const Event& master, std::set<std::string>& zones) {
    for (const std::string& line : master.recurrence) {
        const auto at = line.find("TZID=");
        if (at == std::string::npos) continue;
        const auto end = line.find_first_of(":;", at);
        if (end != std::string::npos) zones.insert(line.substr(at + 5, end - at - 5));
    }
}

void AddZones(ICalText& out, const Event& master, std::span<const Event> exceptions) {
    std::set<std::string> zones;
    UtcTime from = UtcTime::max();
    UtcTime to = UtcTime::min();
    const auto add = [&](const EventTime& time) {
        if (time.all_day) return;
        if (!NeedsUtc(time)) zones.insert(time.zone);
        from = std::min(from, time.utc);
        to = std::max(to, time.utc + days(1));
    };
    const auto add_event = [&](const Event& event) {
        add(event.start);
        add(event.end);
        if (event.original_start) add(*event.original_start);
    };
    add_event(master);
    for (const Event& exception : exceptions) add_event(exception);
    AddZonesOfLines(master, zones);
    if (zones.empty() || from > to) return;
    if (master.kind == EventKind::kSeries) {
        const auto set = model::RecurrenceSet::Parse(master.recurrence, master.start);
        const auto last = set ? set->LastStart() : std::optional(master.start);
        to =
            std::max(to, last ? std::min(last->utc, from + 3 * kAhead) + days(366) : from + kAhead);
    }
    for (const std::string& zone : zones) AddTimeZone(out, zone, from, to);
}

}  // namespace

std::string ToICalendar(const Event& master, std::span<const Event> exceptions) {
    const std::string uid = master.uid.empty() ? master.remote_id : master.uid;
    const bool listed = std::any_of(exceptions.begin(), exceptions.end(), [](const Event& one) {
        return one.kind == EventKind::kInstance;
    });
    ICalText out;
    out.Line("BEGIN:VCALENDAR");
    out.Line("VERSION:2.0");
    out.Line("PRODID:-//Kamili Labs//Kamili//EN");
    AddZones(out, master, exceptions);
    if (!listed) {
        BeginEvent(out, master, uid);
        if (master.kind == EventKind::kSeries) AddRules(out, master, exceptions);
        if (master.kind != EventKind::kSeries && master.original_start)
            out.Line("RECURRENCE-ID" + TimeValue(*master.original_start));
        EndEvent(out, master);
    }
    for (const Event& exception : exceptions) {
        if (exception.kind == EventKind::kCancelledException || !exception.original_start) continue;
        BeginEvent(out, exception, uid);
        out.Line("RECURRENCE-ID" + TimeValue(InFormOf(master, *exception.original_start)));
        EndEvent(out, exception);
    }
    out.Line("END:VCALENDAR");
    return out.Take();
}

}  // namespace kamili::formats
