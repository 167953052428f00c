#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"
#include "ipc/call.h"
#include "model/ids.h"
#include "model/zone.h"

namespace kamili::daemon {

// Reads a call's parameters. The first fault is kept and Refuse() answers it: a wrong type or a
// missing one as org.varlink.service.InvalidParameter, a value that makes no sense as
// InvalidArgument, an id of nothing as NotFound. An absent field and null are the same.
class Parameters {
  public:
    explicit Parameters(ipc::Call& call) : call_(call) {}

    std::string Text(const char* name);  // required
    std::optional<std::string> OptionalText(const char* name);
    // A text that is wiped from the call once it is taken; nothing when it is absent.
    std::optional<Secret> TakeSecret(const char* name);
    bool Has(const char* name) { return Find(name) != nullptr; }
    std::optional<bool> OptionalFlag(const char* name);
    std::optional<std::int64_t> OptionalNumber(const char* name);  // 0 or more
    UtcTime Time(const char* name);
    std::optional<UtcTime> OptionalTime(const char* name);
    model::Zone ZoneOrUtc(const char* name);
    model::AccountId Account(const char* name);
    std::optional<model::AccountId> OptionalAccount(const char* name);
    model::CalendarId Calendar(const char* name);
    model::EventId Event(const char* name);
    std::vector<model::AccountId> Accounts(const char* name);    // absent: empty
    std::vector<model::CalendarId> Calendars(const char* name);  // absent: empty

    // Keeps this fault if it is the first.
    void Fail(Error error);
    // Answers the call if anything was wrong; true then.
    bool Refuse();

  private:
    const nlohmann::json* Find(const char* name);
    template <typename IdType>
    std::optional<IdType> ParseId(const std::string& text, const char* what);
    template <typename IdType>
    std::vector<IdType> Ids(const char* name, const char* what);
    void WrongType(const char* name);

    ipc::Call& call_;
    std::string wrong_;
    std::optional<Error> error_;
};

}  // namespace kamili::daemon
