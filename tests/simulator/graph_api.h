#pragma once

#include "tests/simulator/graph_resources.h"
#include "tests/simulator/state.h"

namespace kamili::simulator {

// Graph v1.0 under /microsoft/graph/v1.0: calendars, calendar views, delta, events; reading only.
SimReply GraphApi(State& state, const Call& call);

// POST $batch: up to twenty requests in one, each served as if it had come alone.
SimReply GraphBatch(State& state, const Call& call);

// What one Graph request is about, once the caller's right to it is settled.
struct GraphRequest {
    State& state;
    const Call& call;
    const Grant& grant;
    GraphView view;
    std::vector<std::string> preferences;  // as understood, for Preference-Applied
    std::optional<int> page_size;
};

// calendarView/delta of one calendar.
SimReply GraphDelta(const GraphRequest& request, const Calendar& calendar);
// Plain calendarView, instances, and single items.
SimReply GraphCalendarView(const GraphRequest& request, const Calendar& calendar);
SimReply GraphInstances(const GraphRequest& request, const Calendar& calendar,
                        const std::string& core);
SimReply GraphItem(const GraphRequest& request, const Calendar& calendar, const std::string& core);
SimReply GraphListCalendars(const GraphRequest& request);
// A living row, or what an unchanged occurrence would be if it were one.
std::optional<SimEvent> GraphRow(const Calendar& calendar, const std::string& core);

// Everything that is not a GET: events made, changed and deleted, and meetings answered.
SimReply GraphWrite(const GraphRequest& request);
// The calendar of a person that has the event of an id in a path, and the id's core. Nothing if
// the event is gone, or if the id is the one that it had in another calendar.
struct GraphPlace {
    Calendar* calendar = nullptr;
    std::string core = {};
};
std::optional<GraphPlace> PlaceOfGraphId(const Person& person, const std::string& id);

// Reads the Prefer headers; a refusal when one cannot be honoured.
std::optional<SimReply> ReadPreferences(GraphRequest& request);
// The window of startDateTime and endDateTime; nothing if either is missing or wrong.
std::optional<Span> ReadWindow(const Query& query);
std::string GraphRoot(const State& state);

}  // namespace kamili::simulator
