#include "tests/simulator/truth.h"

#include "tests/simulator/google_resources.h"
#include "tests/simulator/graph_ids.h"

namespace kamili::simulator {
namespace {

std::string StatusText(const SimEvent& event) {
    switch (event.life) {
        case Life::kConfirmed:
            return "confirmed";
        case Life::kTentative:
            return "tentative";
        case Life::kCancelled:
            return "cancelled";
    }
    return "";
}

std::string ResponseText(const SimEvent& event) {
    if (event.own) return "organizer";
    switch (event.answer) {
        case Answer::kNone:
            return "none";
        case Answer::kNeedsAction:
            return "needs_action";
        case Answer::kAccepted:
            return "accepted";
        case Answer::kTentative:
            return "tentative";
        case Answer::kDeclined:
            return "declined";
    }
    return "";
}

bool IsBusy(const SimEvent& event) {
    return event.show_as != "free" && event.life != Life::kCancelled &&
           (event.own || event.answer != Answer::kDeclined) && event.type != "workingLocation" &&
           event.type != "birthday";
}

std::vector<std::string> Recurrence(const Person& person, const SimEvent& event) {
    if (person.service == Service::kGoogle) return GoogleRecurrence(event);
    return {RuleText(*event.rule, event.start, false)};
}

std::string KindText(const SimEvent& event) {
    if (event.removed_occurrence) return "cancelled_exception";
    if (!event.series.empty()) return "exception";
    return event.IsSeries() ? "series" : "single";
}

bool HidesDetails(const Calendar& calendar, bool free_busy) {
    return free_busy || calendar.role == "freeBusyReader";
}

Json Row(const Person& person, const Calendar& calendar, const SimEvent& event, bool free_busy) {
    Json row{{"remote_id", RemoteId(person.service, event)},
             {"uid", event.uid},
             {"kind", KindText(event)}};
    if (!event.series.empty()) {
        SimEvent master;
        master.id = event.series;
        row["series_remote_id"] = RemoteId(person.service, master);
        row["original_start"] = WhenText(*event.original);
    }
    if (event.removed_occurrence) return row;
    row["start"] = WhenText(event.start);
    row["end"] = WhenText(event.end);
    row["all_day"] = event.start.all_day;
    row["time_zone"] = event.start.all_day ? "" : event.start.zone;
    row["recurrence"] = event.IsSeries() ? Recurrence(person, event) : std::vector<std::string>{};
    row["status"] = StatusText(event);
    if (HidesDetails(calendar, free_busy)) {
        row["title"] = "";
        return row;
    }
    row["title"] = event.title;
    row["busy"] = IsBusy(event);
    row["response"] = ResponseText(event);
    return row;
}

bool InPull(const Person& person, const Calendar& calendar, const SimEvent& event,
            const std::optional<Span>& window) {
    if (event.deleted) return false;
    if (!window) return true;
    if (!event.series.empty()) {
        const SimEvent* master = calendar.Find(event.series);
        return master != nullptr && InPull(person, calendar, *master, window);
    }
    return person.service == Service::kGoogle || !OccurrencesOf(calendar, event, *window).empty();
}

}  // namespace

Json WorldTruth(const Person& person, const std::optional<Span>& window, bool free_busy) {
    Json calendars = Json::array();
    for (const auto& calendar : person.calendars) {
        if (calendar->deleted) continue;
        Json rows = Json::array();
        for (const auto& [id, event] : calendar->events)
            if (InPull(person, *calendar, event, window))
                rows.push_back(Row(person, *calendar, event, free_busy));
        calendars.push_back({{"remote_id", calendar->id},
                             {"name", calendar->name},
                             {"primary", calendar->primary},
                             {"hidden", calendar->hidden},
                             {"access_role", calendar->role},
                             {"time_zone", calendar->zone},
                             {"rows", std::move(rows)}});
    }
    return {{"account", person.address}, {"calendars", std::move(calendars)}};
}

Json OccurrenceTruth(const Person& person, const Span& span, bool free_busy) {
    Json all = Json::array();
    for (const auto& calendar : person.calendars) {
        if (calendar->deleted) continue;
        for (const Occurrence& one : AllOccurrences(*calendar, span))
            all.push_back(
                {{"calendar", calendar->id},
                 {"remote_id", RemoteId(person.service, *one.event)},
                 {"uid", one.event->uid},
                 {"title", HidesDetails(*calendar, free_busy) ? "" : one.event->title},
                 {"start", WhenText(one.start)},
                 {"end", WhenText(one.end)},
                 {"all_day", one.start.all_day},
                 {"recurrence_id", one.original ? Json(WhenText(*one.original)) : Json(nullptr)}});
    }
    return {{"account", person.address}, {"occurrences", std::move(all)}};
}

}  // namespace kamili::simulator
