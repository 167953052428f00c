// Aim: the edges of days and ranges, where calendars go wrong, are as the semantics say.
// Method: tests/golden/range-edges.json, written by hand: events, a question, and the answer's rows
// in their order. Each is asked of the index and of the events themselves.

#include <fstream>
#include <nlohmann/json.hpp>

#include "daemon/agenda_rows.h"
#include "tests/unit/storage/indexed_store.h"

using namespace kamili;
using namespace kamili::storage::test;
using nlohmann::json;

namespace {

// A date, a wall time of the zone, or a time with its offset.
model::EventTime TimeFrom(const std::string& text, const std::string& zone) {
    const auto instant = ParseRfc3339(text);
    return instant ? model::TimedAt(*instant, *model::Zone::Load(zone)) : At(text, zone);
}

// Midnight of a date by the asker's clocks, or the time as it stands.
UtcTime BoundFrom(const std::string& text, const model::Zone& zone) {
    if (const auto instant = ParseRfc3339(text)) return *instant;
    return zone.ToUtc(*model::ParseDate(text));
}

model::Event EventFrom(const json& in, const json& all) {
    const std::string zone = in["zone"];
    model::Event event;
    event.remote_id = in["id"];
    event.title = "Title";
    event.start = TimeFrom(in["start"], zone);
    event.end = TimeFrom(in["end"], zone);
    if (in.contains("rules")) {
        event.kind = model::EventKind::kSeries;
        event.recurrence = in["rules"].get<Texts>();
    }
    if (!in.contains("of")) return event;
    event.kind = in.value("cancelled", false) ? model::EventKind::kCancelledException
                                              : model::EventKind::kException;
    event.series_remote_id = in["of"];
    // The original start is told in the series' own zone.
    std::string series_zone = zone;
    for (const json& one : all)
        if (one["id"] == in["of"]) series_zone = one["zone"];
    event.original_start = TimeFrom(in["original"], series_zone);
    return event;
}

template <typename Ask>
Texts Answer(IndexedStore& store, const model::Zone& zone, Ask ask) {
    daemon::AgendaRows rows({{store.calendar, model::AccountId(1)}}, zone);
    store.Read([&](const storage::ReadView& view) {
        const auto complete = ask(view, [&](const storage::OccurrenceView& row) { rows.Add(row); });
        REQUIRE(complete);
        CHECK(*complete);
    });
    const daemon::WrittenRows written = rows.Merged();
    std::string text = "[";
    written.AppendList(text, 0, written.size());
    Texts out;
    for (const json& row : json::parse(text + "]"))
        out.push_back(row["origins"][0]["remote_id"].get<std::string>() + " " +
                      row["start"].get<std::string>() + " " + row["end"].get<std::string>());
    return out;
}

}  // namespace

TEST_CASE("the edges of days and ranges") {
    std::ifstream file(KAMILI_TEST_DATA "/golden/range-edges.json");
    const json cases = json::parse(file);
    CHECK(cases.size() >= 40);
    for (const json& one : cases) {
        INFO(one["name"].get<std::string>());
        const std::string now = one.value("now", "2026-01-15T09:00:00Z");
        IndexedStore store(now.c_str());
        store.Keep();
        for (const json& event : one["events"]) store.Add(EventFrom(event, one["events"]));
        REQUIRE(store.IsWhole());
        const auto zone = *model::Zone::Load(one["zone"].get<std::string>());
        const auto range =
            model::TimeRange::Of(BoundFrom(one["from"], zone), BoundFrom(one["to"], zone), zone);
        const Texts expected = one["expect"].get<Texts>();
        CHECK(Answer(store, zone, [&](const auto& view, const storage::OnOccurrence& on_row) {
                  return storage::OccurrencesInRange(view, range, {}, on_row);
              }) == expected);
        CHECK(Answer(store, zone, [&](const auto& view, const storage::OnOccurrence& on_row) {
                  return storage::ExpandedInRange(view, range, {}, on_row);
              }) == expected);
    }
}
