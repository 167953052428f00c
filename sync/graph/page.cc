#include "sync/graph/page.h"

#include <nlohmann/json.hpp>

#include "sync/event_rules.h"
#include "sync/graph/event.h"
#include "sync/json_body.h"

namespace kamili::sync::graph {

using nlohmann::json;

void PageReader::Add(const json& item) {
    const std::string id = item.is_object() ? TextOf(item, "id") : "";
    if (id.empty()) {
        ++page_.bad_events;
        gaps_ = true;
        return;
    }
    ids_.push_back(id);
    const std::string master = TextOf(item, "seriesMasterId");
    const std::string type = TextOf(item, "type");
    if (item.contains("@removed"))
        AddRemoved(id);
    else if (IsSeriesMaster(item))
        Fetch(id, /*only_if_stored=*/false);
    else if (!master.empty())
        Fetch(master, /*only_if_stored=*/false);
    else if (type == "occurrence" || type == "exception")
        // Of no series that it names: asked for alone, it says more.
        Fetch(id, /*only_if_stored=*/false);
    else
        AddSingle(id, item);
}

// Removed and alive on one page: only the service knows which is true by now.
void PageReader::AddRemoved(const std::string& id) { Fetch(id, !singles_.contains(id)); }

void PageReader::AddSingle(const std::string& id, const json& item) {
    auto event = ReadEvent(item, account_, nullptr);
    if (!event) return;
    page_.bad_events += IsBad(*event);
    if (fetches_.contains(id)) Fetch(id, /*only_if_stored=*/false);
    const auto [known, is_new] = singles_.emplace(id, page_.changes.size());
    if (is_new) {
        page_.changes.push_back(
            {.kind = RemoteChange::Kind::kUpsert, .event = std::move(*event), .members = {}});
        return;
    }
    // Twice on one page, in any order: the newer one, else the later one.
    model::Event& before = page_.changes[known->second].event;
    if (!event->updated || !before.updated || *event->updated >= *before.updated)
        before = std::move(*event);
}

void PageReader::Fetch(const std::string& id, bool only_if_stored) {
    const auto [known, is_new] = fetches_.emplace(id, page_.fetches.size());
    if (is_new)
        page_.fetches.push_back({.remote_id = id, .only_if_stored = only_if_stored});
    else if (!only_if_stored)
        page_.fetches[known->second].only_if_stored = false;
}

}  // namespace kamili::sync::graph
