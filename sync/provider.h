#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/account.h"
#include "model/calendar.h"
#include "model/event.h"
#include "net/http.h"

namespace kamili::sync {

// One page of an account's calendar list.
struct CalendarPage {
    std::vector<model::Calendar> calendars;  // remote fields only
    std::vector<std::string> removed;        // remote ids that the provider says are gone
    std::string cursor;                      // where the list stands after this page; opaque
    bool last = false;                       // nothing follows
    bool complete = false;                   // and it named every calendar: absence is proof
};

// One thing that happened in a calendar.
struct RemoteChange {
    enum class Kind {
        kUpsert,   // `event` as it is now
        kRemoved,  // `event.remote_id` is gone, explicitly; a series takes its exceptions along
        kReplaceSeries,  // `event` is the master, `members` all its exceptions and instances:
                         // others of that series go
    };
    Kind kind = Kind::kUpsert;
    model::Event event;
    std::vector<model::Event> members;
};

// Something to be fetched on its own before the page it belongs to may be applied.
struct ItemFetch {
    std::string remote_id;
    bool only_if_stored = false;  // a tombstone that may only mean "out of the window"
    // A series of which exceptions were named, but not itself; who may not see it is told so, and
    // the exceptions then stand alone.
    bool only_if_unknown = false;
};

// One page of a calendar's change stream.
struct ChangePage {
    std::vector<RemoteChange> changes;
    std::vector<ItemFetch> fetches;
    std::string cursor;   // where the stream stands after this page; opaque
    bool last = false;    // the round is finished; `cursor` starts the next one
    bool begins = false;  // the first page of a full listing
    bool full = false;    // part of a full listing: when it ends, what was not named is gone. False
                          // on the last page if something could not be named: absence is no proof
    std::int64_t bad_events = 0;  // kept as flagged rows or skipped for lack of an id
};

// An item fetched on its own: what is known of it now. A missing item is a kRemoved.
struct ItemReply {
    std::vector<RemoteChange> changes;
    std::string next_step;  // not empty: ask again with this step
};

// A provider as a codec: pure functions that build a request and read a reply. No I/O, no clock, no
// state; retries, tokens and threads live elsewhere. Requests come without the bearer token.
// Replies of a status other than 2xx come back as the Error that they mean (closed list, decided on
// status and code). One bad event never fails a page.
class Provider {
  public:
    virtual ~Provider() = default;

    virtual net::Request ListCalendars(const model::Account& account) const = 0;
    virtual Result<CalendarPage> ParseCalendars(const model::Account& account,
                                                const net::Response& response,
                                                UtcTime now) const = 0;

    // The next page after `calendar.cursor`; an empty one, or one of RestartCursor, starts a full
    // listing.
    virtual net::Request ListChanges(const model::Account& account, const model::Calendar& calendar,
                                     UtcTime now) const = 0;
    virtual Result<ChangePage> ParseChanges(const model::Account& account,
                                            const model::Calendar& calendar,
                                            const net::Response& response, UtcTime now) const = 0;

    // `step` is empty at first, then ItemReply::next_step.
    virtual net::Request FetchItem(const model::Account& account, const model::Calendar& calendar,
                                   const std::string& remote_id, const std::string& step) const = 0;
    virtual Result<ItemReply> ParseItem(const model::Account& account,
                                        const model::Calendar& calendar,
                                        const std::string& remote_id, const std::string& step,
                                        const net::Response& response, UtcTime now) const = 0;

    // Does the cursor stand inside a round that an earlier pass began? Its end then says nothing of
    // what changed since that beginning.
    virtual bool IsInsideRound(const model::Calendar& calendar) const = 0;

    // Does a round name exceptions of series that it may keep back? They are asked for at its end.
    virtual bool MayLackSeries() const { return false; }

    // Should this calendar's listing begin anew although its cursor still works (a window that has
    // to move)? Asked before each pass.
    virtual bool NeedsFullListing(const model::Calendar& calendar, UtcTime now) const = 0;

    // The cursor to begin anew with, after `calendar.cursor` was refused (kCursorExpired) or has to
    // be given up: empty, or what was learnt about this calendar's stream.
    virtual std::string RestartCursor(const model::Calendar&, UtcTime) const { return {}; }

    // Who signed in: asked once after a sign-in, before the account is stored.
    struct Identity {
        std::string remote_id;  // empty if the token reply's subject is to be used
        std::string address;
    };
    virtual net::Request FetchIdentity() const = 0;
    virtual Result<Identity> ParseIdentity(const net::Response& response, UtcTime now) const = 0;
};

}  // namespace kamili::sync
