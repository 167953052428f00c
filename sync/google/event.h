#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "model/account.h"
#include "model/calendar.h"
#include "sync/provider.h"

namespace kamili::sync::google {

// What one item of events.list means. Nothing for an item without an id.
std::optional<RemoteChange> ReadItem(const nlohmann::json& item, const model::Account& account,
                                     const model::Calendar& calendar);

// The master id and the original start that the id of an occurrence carries
// ("abc_20261110T090000Z", "abc_20261110"), as a last resort for tombstones that say no more.
struct InstanceId {
    std::string series;
    model::EventTime original;
};
std::optional<InstanceId> ParseInstanceId(std::string_view id);

}  // namespace kamili::sync::google
