#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event_time.h"
#include "model/ids.h"

namespace kamili::model {

// What a row is in the provider's stream.
enum class EventKind {
    kSingle,
    kSeries,              // a master: `recurrence` says when it happens
    kException,           // replaces the occurrence of `series_remote_id` at `original_start`
    kCancelledException,  // removes that occurrence; only the key fields are set
    kInstance,            // one occurrence expanded by the server, for a series that cannot be
                          // expanded here (unnameable zone); has `series_remote_id`
};
std::string_view Text(EventKind kind);
std::optional<EventKind> EventKindFromText(std::string_view text);

enum class EventStatus { kConfirmed, kTentative, kCancelled };
std::string_view Text(EventStatus status);
std::optional<EventStatus> EventStatusFromText(std::string_view text);

// The user's own answer.
enum class Response { kNone, kNeedsAction, kAccepted, kTentative, kDeclined, kOrganizer };
std::string_view Text(Response response);
std::optional<Response> ResponseFromText(std::string_view text);

struct Person {
    std::string name;
    std::string address;
    Response response = Response::kNone;
    bool optional = false;
    bool resource = false;
    bool self = false;

    friend bool operator==(const Person&, const Person&) = default;
};

// One row of a calendar as the provider keeps it: a single event, a series, or an exception.
// The reading of every field is that of docs/semantics.md. Text is UTF-8 without NUL.
struct Event {
    EventId id;              // 0 until stored
    CalendarId calendar_id;  // 0 until stored
    std::string remote_id;   // the provider's id, unique in its calendar, exact bytes
    std::string uid;         // iCalendar UID; exceptions carry the master's. May be empty
    std::string etag;        // changes with every change at the provider; opaque
    EventKind kind = EventKind::kSingle;

    // kException, kCancelledException, kInstance only.
    std::string series_remote_id;
    std::optional<EventTime> original_start;

    EventTime start;
    EventTime end;                        // exclusive; equals start when there is no real end
    std::vector<std::string> recurrence;  // kSeries: RRULE, RDATE, EXDATE, EXRULE lines, as sent
                                          // (Google) or derived (Microsoft)
    std::string title;
    std::string description;
    bool description_is_html = false;
    std::string location;
    std::string url;             // to look at it in the provider's own application
    std::string conference_url;  // to join
    std::optional<Person> organizer;
    std::vector<Person> attendees;
    bool attendees_omitted = false;
    EventStatus status = EventStatus::kConfirmed;
    bool busy = true;  // after all the rules of the semantics: declined and cancelled are not busy
    Response response = Response::kNone;
    std::string visibility;  // "public", "private", "confidential", or "" for the default
    std::string type;        // the provider's event type, unknown ones included ("default", ...)
    std::string color;       // the provider's color id or category, may be empty
    std::int64_t sequence = 0;
    std::optional<UtcTime> created;
    std::optional<UtcTime> updated;

    // What is odd about it, for people and tests: "unknown_zone", "bad_recurrence",
    // "orphan_exception", "too_costly", "malformed". Sorted, unique.
    std::vector<std::string> flags;
    // The provider's JSON after field filtering; empty under freebusy access.
    std::string raw;

    friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace kamili::model
