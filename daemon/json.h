#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "base/time.h"
#include "model/change.h"
#include "sync/driver.h"

namespace kamili::daemon {

// The shapes of the interface file (docs/com.kamililabsllc.Kamili.varlink), field by field.

nlohmann::json TimeOrNull(const std::optional<UtcTime>& time);
nlohmann::json ToJson(const sync::AccountStatus& account);
nlohmann::json ToJson(const sync::CalendarStatus& calendar, std::int64_t events);
nlohmann::json ToJson(const model::Change& change);
nlohmann::json ToJson(const sync::PassReport& report);

}  // namespace kamili::daemon
