#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ctl/local_time.h"

namespace kamili::ctl {

// One occurrence of an answer, in the reader's own zone.
struct Occurrence {
    std::string event_id, calendar_id;
    std::string title;     // cleaned; a stand-in if it has none
    std::string location;  // cleaned
    std::string status, response;
    bool all_day = false;
    bool recurring = false;
    bool merged = false;  // seen through more than one account
    UtcTime start{}, end{};
    LocalDay first_day{}, last_day{};  // both inclusive

    bool IsRunning(UtcTime now) const { return !all_day && start <= now && now < end; }
};

// Nothing if its times cannot be read.
std::optional<Occurrence> ParseOccurrence(const nlohmann::json& object, const LocalTime& zone);
std::vector<Occurrence> ParseOccurrences(const nlohmann::json& list, const LocalTime& zone);
// "repeats, tentative, not answered": what is worth saying in a list; may be empty.
std::string Remarks(const Occurrence& occurrence);

}  // namespace kamili::ctl
