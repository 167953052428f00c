#pragma once

#include <string_view>
#include <vector>

#include "tests/simulator/google_resources.h"
#include "tests/simulator/state.h"

namespace kamili::simulator {

// Calendar API v3 under /google/calendar/v3: the calendar list, to read, and events.
SimReply GoogleApi(State& state, const Call& call);

// events.list and calendarList.list, once the caller's right to them is settled.
SimReply GoogleListEvents(State& state, const Call& call, const Grant& grant, Calendar& calendar);
SimReply GoogleListCalendars(State& state, const Call& call, const Grant& grant);
// The rows of a listing, or of an increment if `since` is not 0.
std::shared_ptr<Listing> GoogleListing(const State& state, const Calendar& calendar,
                                       const Query& query, std::uint64_t since);
// events.instances of one series.
SimReply GoogleInstances(State& state, const Call& call, const Grant& grant,
                         const Calendar& calendar);
// events.insert, import, update, patch, delete and move: everything that is not a GET.
SimReply GoogleWriteEvent(State& state, const Call& call, const Grant& grant, Calendar& calendar);

// A method and the scopes that it accepts, "" being the full calendar scope.
struct GoogleMethod {
    std::string_view name;  // in error details, "Events.List"
    std::vector<std::string_view> scopes;
};
// 403 insufficientPermissions, unless the grant has one of the scopes.
std::optional<SimReply> RefuseScope(const Grant& grant, const GoogleMethod& method);
bool HasScope(const Grant& grant, std::initializer_list<std::string_view> any_of);
GoogleView ViewOf(const Grant& grant, const Calendar& calendar);

// The calendar with that id, or "primary"; nothing if there is none.
Calendar* GoogleCalendarOf(const Grant& grant, const std::string& id);
// A row, or what an unchanged occurrence would be if it were one.
std::optional<SimEvent> GoogleRow(const Calendar& calendar, const std::string& id);
SimReply GoogleNotFound();

// One page of a listing: which ids are on it, and where the next begins.
struct GooglePage {
    std::vector<std::string> ids = {};
    std::string next_page = {};  // empty on the last page
};
GooglePage NextPage(State& state, const Cursor& at, int size);
std::string NewGoogleToken(State& state, const Cursor& cursor);

}  // namespace kamili::simulator
