#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ctl/look.h"

namespace kamili::ctl {

// Text for people out of the answers of GetStatus, ListAccounts, ListCalendars. Pure.
std::string RenderStatus(const nlohmann::json& status, const View& view);
std::string RenderAccounts(const nlohmann::json& accounts, const View& view);
// One account with everything known about it.
std::string RenderAccount(const nlohmann::json& account, const View& view);
// What a provider granted although nobody asked for it, in sentences with the way out; empty when
// there is nothing.
std::string SurplusWarning(const nlohmann::json& account);
std::string RenderCalendars(const nlohmann::json& calendars, const nlohmann::json& accounts,
                            const View& view);
// One line on standard error for each calendar that an answer may miss something of; empty when the
// answer is whole.
std::string RenderStale(const nlohmann::json& answer, const nlohmann::json& calendars,
                        const View& view);

// "1,024"
std::string Grouped(std::int64_t number);
// "1 event", "1,024 events"
std::string Counted(std::int64_t number, const char* singular);

}  // namespace kamili::ctl
