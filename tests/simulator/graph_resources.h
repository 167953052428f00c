#pragma once

#include "tests/simulator/graph_ids.h"
#include "tests/simulator/occurrences.h"
#include "tests/simulator/web.h"

namespace kamili::simulator {

// How the caller wants items: the Prefer header and its scopes.
struct GraphView {
    IdForm ids = IdForm::kClassic;
    std::string zone = "UTC";       // IANA
    std::string zone_name = "UTC";  // as it was asked for, and is answered
    bool text_body = false;
    bool basic = false;        // Calendars.ReadBasic: no body
    bool body_preview = true;  // even then
};

Json GraphCalendar(const Person& person, const Calendar& calendar);
// A single event, a master or an exception.
Json GraphEvent(const Person& person, const Calendar& calendar, const SimEvent& event,
                const GraphView& view);
// An occurrence with everything that it takes from its master (calendarView, instances).
Json GraphInstance(const Person& person, const Calendar& calendar, const SimEvent& master,
                   const When& start, const GraphView& view);
// The same as the delta stream shows it: hardly more than its times.
Json GraphStub(const SimEvent& master, const When& start, const GraphView& view);
// W/"...": moves with every change.
std::string GraphEtag(const SimEvent& event);
Json GraphTombstone(const SimEvent& event, const GraphView& view);
Json GraphTime(const When& when, const GraphView& view);

SimReply GraphError(const Call& call, int status, const std::string& code,
                    const std::string& message);

}  // namespace kamili::simulator
