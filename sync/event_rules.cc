#include "sync/event_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/recurrence.h"

namespace kamili::sync {
namespace {

std::string OffsetName(std::chrono::seconds offset) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
    const auto size = minutes < 0 ? -minutes : minutes;
    return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

}  // namespace

void AddFlag(model::Event& event, std::string_view flag) {
    const auto at = std::lower_bound(event.flags.begin(), event.flags.end(), flag);
    if (at == event.flags.end() || *at != flag) event.flags.insert(at, std::string(flag));
}

void MendEnd(model::Event& event) {
    const bool same_kind = event.start.all_day == event.end.all_day;
    const bool in_order =
        event.start.all_day ? event.end.wall >= event.start.wall : event.end.utc >= event.start.utc;
    if (same_kind && in_order) return;
    event.end = event.start;
    AddFlag(event, "malformed");
}

void SettleBusy(model::Event& event, bool shown_as_busy) {
    event.busy = shown_as_busy && event.status != model::EventStatus::kCancelled &&
                 event.response != model::Response::kDeclined;
}

void KeepTimesOnly(model::Event& event) {
    event.title.clear();
    event.description.clear();
    event.description_is_html = false;
    event.location.clear();
    event.url.clear();
    event.conference_url.clear();
    event.organizer.reset();
    event.attendees.clear();
    event.color.clear();
    event.raw.clear();
}

void CheckRecurrence(model::Event& event) {
    if (event.kind == model::EventKind::kSeries &&
        !model::RecurrenceSet::Parse(event.recurrence, event.start))
        AddFlag(event, "bad_recurrence");
}

bool IsBad(const model::Event& event) {
    return std::any_of(event.flags.begin(), event.flags.end(), [](const std::string& flag) {
        return flag == "malformed" || flag == "bad_recurrence";
    });
}

bool LooksLikeHtml(std::string_view text) {
    for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
        const char next = at + 1 < text.size() ? text[at + 1] : ' ';
        const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
        if ((letter || next == '/' || next == '!') && text.find('>', at) != std::string_view::npos)
            return true;
    }
    return false;
}

std::string ColorText(std::string_view text) {
    const auto is_hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    const bool good = text.size() == 7 && text.front() == '#' &&
                      std::all_of(text.begin() + 1, text.end(), is_hex);
    return good ? std::string(text) : "";
}

std::optional<model::Zone> NamedZone(std::string_view name) {
    const auto iana = model::IanaZoneName(name);
    return iana ? model::Zone::Load(*iana) : std::nullopt;
}

model::EventTime TimeInZone(UtcTime utc, std::string_view zone_name, std::string_view fallback_zone,
                            std::chrono::seconds offset, model::Event& event) {
    if (!zone_name.empty()) {
        if (const auto zone = NamedZone(zone_name)) return model::TimedAt(utc, *zone);
        AddFlag(event, "unknown_zone");
    } else if (const auto zone = NamedZone(fallback_zone)) {
        return model::TimedAt(utc, *zone);
    }
    const auto fixed = model::Zone::Load(OffsetName(offset));
    return model::TimedAt(utc, fixed.value_or(model::Zone::Utc()));
}

}  // namespace kamili::sync
