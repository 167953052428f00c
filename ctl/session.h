#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "ctl/calendar_book.h"
#include "ctl/console.h"
#include "ctl/exit_code.h"
#include "ctl/local_time.h"
#include "ctl/look.h"
#include "ctl/output.h"
#include "ctl/service.h"

namespace kamili::ctl {

// What a command works with; everything outside arrives here, so that a test can bring its own.
struct Session {
    Service& service;
    Output& output;
    Console& console;
    const Clock& clock;
    Random& random;
    std::string own_zone;  // IANA name
};

// The outcome of a command that said what it had to say, or an error that is still to be told.
using Outcome = Result<ExitCode>;

// The zone named by --zone, else the user's own.
Result<LocalTime> OpenZone(const Session& session, const std::optional<std::string>& name);
View MakeView(const Session& session, const LocalTime& zone);

// All parts of a streamed answer as one: the rows of `list` joined, the answer whole only if every
// part is.
Result<nlohmann::json> Collect(Service& service, const std::string& method,
                               const nlohmann::json& parameters, const char* list);
// The calendars for naming things in text; none if they cannot be listed, since names are a nicety.
nlohmann::json CalendarsForNames(Service& service);
// Says on standard error what the answer may miss; nothing when it is whole.
void NoteStale(Session& session, const nlohmann::json& answer, const nlohmann::json& calendars,
               const View& view);

// The account that is meant by an id or by an address; kNotFound if there is none, kInvalidArgument
// if an address has several.
Result<nlohmann::json> FindAccount(Service& service, const std::string& text);

}  // namespace kamili::ctl
