#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulator/dice.h"
#include "tests/simulator/web.h"
#include "tests/simulator/world.h"

namespace kamili::simulator {

// How the user behaves and how tokens live, per service; the control endpoint sets it.
struct Consent {
    std::string mode = "allow";  // allow, deny, page, never, admin_approval, wrong_state, blocked
    std::optional<std::set<std::string>> only = {};  // of the scopes asked for, these are granted
    std::vector<std::string> surplus = {};           // and these although nobody asked
    int access_life_s = 0;                           // 0: the service's own
    int refresh_life_s = 0;                          // 0: for ever
    bool strict_rotation = false;                    // Microsoft: a used refresh token dies
    bool no_refresh_token = false;
    std::string refusal = "expired";  // how a dead refresh token is refused, see oauth.h
};

// What one sign-in gave.
struct Grant {
    Person* person = nullptr;
    std::vector<std::string> scopes = {};
    std::string authority = {};  // Microsoft
    bool revoked = false;
};

struct AccessToken {
    std::shared_ptr<Grant> grant = {};
    UtcTime expires = {};
    std::string claims = {};  // that its request carried
};

struct RefreshToken {
    std::shared_ptr<Grant> grant = {};
    std::optional<UtcTime> expires = {};
    bool dead = false;
    std::uint64_t number = 0;
};

// A code that waits to be exchanged.
struct PendingCode {
    Service service = Service::kGoogle;
    std::shared_ptr<Grant> grant = {};
    std::string redirect_uri = {};
    std::string challenge = {};
    std::string method = {};
    std::string nonce = {};
    UtcTime expires = {};
    bool used = false;
};

// A device code, by its secret half.
struct DeviceGrant {
    std::string user_code = {};
    std::vector<std::string> scopes = {};
    std::string authority = {};
    std::string answer = {};  // allow, deny, block, used; empty: the user has not decided
    std::shared_ptr<Grant> grant = {};
    UtcTime expires = {};
    std::chrono::seconds interval{5};
    std::optional<UtcTime> polled = {};
    int polls = 0;
    int too_fast = 0;
    std::uint64_t number = 0;
};

// Where a listing stands between two requests: the ids that are still to come.
struct Listing {
    std::vector<std::string> ids = {};
    std::uint64_t since = 0;  // changes after this number are part of it (0: everything)
    std::uint64_t until = 0;  // and those after this one belong to the next
};

// An opaque token of a calendar's or the calendar list's stream.
struct Cursor {
    const Person* person = nullptr;
    const Calendar* calendar = nullptr;     // nothing: the calendar list
    std::string parameters = {};            // what it was made with
    std::uint64_t change = 0;               // what it has seen
    std::shared_ptr<Listing> listing = {};  // of a page token
    std::size_t position = 0;               // of a page token: where its page begins
    bool empty_page = false;                // of a page token: a page without items comes first
    UtcTime from = {};                      // Graph: the window
    UtcTime to = {};
    std::uint64_t stream = 0;      // Graph: the initial round it descends from
    std::uint64_t generation = 0;  // Graph: number in that stream
};

// Knobs that are not about sign-in.
struct Settings {
    int google_page_max = 2500;
    bool google_empty_page = true;      // an empty page in the middle of a listing of several
    bool google_generated_410 = false;  // generated calendars refuse every token
    int graph_page_size = 50;           // if the caller has no preference
    int graph_page_max = 1000;
    int graph_generations = 3;       // of delta links that still work
    bool graph_masters = true;       // master items in the delta stream
    bool graph_members = true;       // cancelledOccurrences and exceptionOccurrences exist
    bool graph_body_preview = true;  // under ReadBasic
    std::string graph_gone_code = "SyncStateNotFound";
    std::string graph_occurrences = "stub";    // or "full", "nulls": in the delta stream
    bool graph_occurrence_tombstones = false;  // a removed occurrence leaves one beside its series
    int graph_loop_below = 0;                  // rounds with pages of that size or less never end
    bool graph_shared_next = true;  // false: the second page of another's calendar is refused
    int graph_late_s = 0;           // changes younger than that are not in the stream yet
    int graph_limit = 10'000;       // requests of a mailbox in ten minutes; 0: none
    int google_limit = 600;         // of a user in a minute; 0: none
    bool microsoft_common_refresh = true;  // false: refused for personal accounts
    int device_interval_s = 5;
    int device_life_s = 900;
    int device_slow_down = 0;  // that many polls are told to slow down although they are not early
    std::string graph_claims = "";        // tokens must have been asked for with these claims
    int google_instances_max = 730;       // of an endless series under singleEvents=true
    int google_write_limit = 0;           // writes of a user in a day; 0: none
    int microsoft_identical_max = 20;     // refreshes with one body in five minutes; 0: any
    int graph_service_ms = 0;             // how long a request is in flight
    int graph_concurrency = 4;            // requests of a mailbox in flight at once; 0: any
    int graph_busy_status = 429;          // or 503: of the fifth
    bool graph_read_only_ignored = true;  // false: refused
    bool graph_iana_names = true;         // false: refused as zones of times
    bool graph_decline_removes = true;    // what was declined
    int graph_cancelled_delete = 403;     // or 404, 204: deleting what its organizer called off
    int graph_spurious_412 = 0;           // so many writes meet one without a reason
    int graph_lost_writes = 0;            // so many PATCHes answer 200 and change nothing
    std::string graph_retry_after = "decimal";  // or integer, date, none
};

struct Fault {
    std::string match = {};
    std::string method = {};
    int after = 0;
    int times = 1;
    Json what = {};
};

struct Seen {
    std::string method = {};
    std::string target = {};  // without secrets
    int status = 0;
    std::string fault = {};
};

// A message that the real service would have sent because of a write.
struct Mail {
    std::string account = {};
    std::string kind = {};  // invitation, update, cancellation, response
    std::string to = {};
    std::string event = {};  // as a puller knows it
    std::string comment = {};
};

// Everything that lives between requests.
struct State {
    State(const SimOptions& options, UtcTime now);

    std::string base_url;
    World world;
    Dice dice;
    Consent google_consent;
    Consent microsoft_consent;
    Settings settings;
    std::map<std::string, AccessToken> access;
    std::map<std::string, RefreshToken> refresh;
    std::map<std::string, PendingCode> codes;
    std::map<std::string, DeviceGrant> devices;
    std::map<std::string, Cursor> cursors;
    std::map<std::uint64_t, std::uint64_t> newest_generation;  // by stream
    std::vector<Fault> faults;
    std::deque<Seen> seen;
    std::vector<Mail> mails;
    std::uint64_t numbers = 0;                             // for anything that needs a fresh number
    std::map<const Person*, std::deque<UtcTime>> recent;   // requests, for the limits
    std::map<const Person*, std::deque<UtcTime>> writes;   // of a day
    std::map<const Person*, std::vector<UtcTime>> busy;    // ends of what is in flight
    std::map<std::string, std::deque<UtcTime>> refreshes;  // by body

    Consent& ConsentOf(Service service) {
        return service == Service::kGoogle ? google_consent : microsoft_consent;
    }
    // Counts a request of that weight; true if it is one too many for `limit` in `span`.
    bool IsOverLimit(const Person& person, int limit, std::chrono::minutes span, UtcTime now,
                     int weight = 1);
    // The same for writes in a day.
    bool IsOverWriteLimit(const Person& person, int limit, UtcTime now);
    // A live grant behind a bearer token, or nothing.
    std::shared_ptr<Grant> GrantOf(const std::string& bearer, UtcTime now) const;
};

inline constexpr std::size_t kSeenMax = 100'000;

}  // namespace kamili::simulator
