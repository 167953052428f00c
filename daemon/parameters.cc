#include "daemon/parameters.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kamili::daemon {

using nlohmann::json;

const json* Parameters::Find(const char* name) {
    const json& all = call_.parameters();
    const auto found = all.find(name);
    return found == all.end() || found->is_null() ? nullptr : &*found;
}

void Parameters::WrongType(const char* name) {
    if (wrong_.empty()) wrong_ = name;
}

void Parameters::Fail(Error error) {
    if (!error_) error_ = std::move(error);
}

bool Parameters::Refuse() {
    if (!wrong_.empty())
        call_.FailParameter(wrong_);
    else if (error_)
        call_.Fail(*error_);
    else
        return false;
    return true;
}

std::optional<std::string> Parameters::OptionalText(const char* name) {
    const json* value = Find(name);
    if (!value) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    WrongType(name);
    return std::nullopt;
}

std::string Parameters::Text(const char* name) {
    auto text = OptionalText(name);
    if (!text) WrongType(name);
    return text.value_or("");
}

std::optional<Secret> Parameters::TakeSecret(const char* name) {
    const json* value = Find(name);
    if (!value) return std::nullopt;
    const auto* text = value->get_ptr<const std::string*>();
    if (!text) {
        WrongType(name);
        return std::nullopt;
    }
    Secret secret{std::string_view(*text)};
    // The call keeps its parameters until it is answered; this one is not needed that long.
    WipeMemory(const_cast<char*>(text->data()), text->size());
    return secret;
}

std::optional<bool> Parameters::OptionalFlag(const char* name) {
    const json* value = Find(name);
    if (!value) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    WrongType(name);
    return std::nullopt;
}

std::optional<std::int64_t> Parameters::OptionalNumber(const char* name) {
    const json* value = Find(name);
    if (!value) return std::nullopt;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() <= INT64_MAX)
        return value->get<std::int64_t>();
    WrongType(name);
    return std::nullopt;
}

std::optional<UtcTime> Parameters::OptionalTime(const char* name) {
    const auto text = OptionalText(name);
    if (!text) return std::nullopt;
    const auto time = ParseRfc3339(*text);
    if (!time)
        Fail({.kind = ErrorKind::kInvalidArgument,
              .message = fmt::format("{} is not an RFC 3339 time", name),
              .hint = "as in 2026-01-15T10:00:00+01:00"});
    return time;
}

UtcTime Parameters::Time(const char* name) {
    if (!Find(name)) WrongType(name);
    return OptionalTime(name).value_or(UtcTime{});
}

model::Zone Parameters::ZoneOrUtc(const char* name) {
    const auto text = OptionalText(name);
    if (!text) return model::Zone::Utc();
    const auto zone = model::Zone::Load(*text);
    if (!zone)
        Fail({.kind = ErrorKind::kInvalidArgument,
              .message = fmt::format("{} is not a time zone of this system", name),
              .hint = "as in Europe/Berlin"});
    return zone.value_or(model::Zone::Utc());
}

template <typename IdType>
std::optional<IdType> Parameters::ParseId(const std::string& text, const char* what) {
    const auto id = IdType::Parse(text);
    if (!id)
        Fail({.kind = ErrorKind::kNotFound,
              .message = fmt::format("there is no such {}", what),
              .hint = fmt::format("kamilictl {} list", what)});
    return id;
}

model::AccountId Parameters::Account(const char* name) {
    return ParseId<model::AccountId>(Text(name), "account").value_or(model::AccountId());
}

std::optional<model::AccountId> Parameters::OptionalAccount(const char* name) {
    const auto text = OptionalText(name);
    if (!text) return std::nullopt;
    return ParseId<model::AccountId>(*text, "account");
}

model::CalendarId Parameters::Calendar(const char* name) {
    return ParseId<model::CalendarId>(Text(name), "calendar").value_or(model::CalendarId());
}

model::EventId Parameters::Event(const char* name) {
    const auto id = model::EventId::Parse(Text(name));
    if (!id)
        Fail({.kind = ErrorKind::kNotFound,
              .message = "there is no such event",
              .hint = "kamilictl agenda --ids shows them"});
    return id.value_or(model::EventId());
}

template <typename IdType>
std::vector<IdType> Parameters::Ids(const char* name, const char* what) {
    std::vector<IdType> ids;
    const json* value = Find(name);
    if (!value) return ids;
    if (!value->is_array()) {
        WrongType(name);
        return ids;
    }
    for (const json& item : *value) {
        if (!item.is_string()) {
            WrongType(name);
            return ids;
        }
        if (const auto id = ParseId<IdType>(item.get<std::string>(), what)) ids.push_back(*id);
    }
    return ids;
}

std::vector<model::AccountId> Parameters::Accounts(const char* name) {
    return Ids<model::AccountId>(name, "account");
}

std::vector<model::CalendarId> Parameters::Calendars(const char* name) {
    return Ids<model::CalendarId>(name, "calendar");
}

}  // namespace kamili::daemon
