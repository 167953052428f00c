#pragma once

#include "tests/simulator/state.h"

namespace kamili::simulator {

// Calendar API v3 under /google/calendar/v3: calendar list and events, reading only.
SimReply GoogleApi(State& state, const Call& call);

// events.list and calendarList.list, once the caller's right to them is settled.
SimReply GoogleListEvents(State& state, const Call& call, const Grant& grant, Calendar& calendar);
SimReply GoogleListCalendars(State& state, const Call& call, const Grant& grant);

// One page of a listing: which ids are on it, and where the next begins.
struct GooglePage {
    std::vector<std::string> ids = {};
    std::string next_page = {};  // empty on the last page
};
GooglePage NextPage(State& state, const Cursor& at, int size);
std::string NewGoogleToken(State& state, const Cursor& cursor);
bool HasScope(const Grant& grant, std::initializer_list<std::string_view> any_of);

}  // namespace kamili::simulator
