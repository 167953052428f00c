#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/event.h"
#include "model/zone.h"

namespace kamili::sync {

// What both codecs do to an event before they hand it on (docs/semantics.md).

void AddFlag(model::Event& event, std::string_view flag);
// An end before the start, or of the other kind, is no end: the event lasts no time and says so.
void MendEnd(model::Event& event);
// Busy after all the rules: declined and cancelled ones are not.
void SettleBusy(model::Event& event, bool shown_as_busy);
// A series whose lines cannot be read is kept and says so.
void CheckRecurrence(model::Event& event);
// Is there anything odd that costs it part of its meaning ("malformed", "bad_recurrence")?
bool IsBad(const model::Event& event);
// Text as HTML if a tag is in it: an angle bracket alone is no tag.
bool LooksLikeHtml(std::string_view text);
// "#rrggbb", or "" for anything else.
std::string ColorText(std::string_view text);
// Under freebusy access nothing but times is kept: no title, text, place, people or raw data.
void KeepTimesOnly(model::Event& event);
// A timed start or end at an instant, in a provider's zone. A zone without a name here keeps its
// offset and flags the event.
model::EventTime TimeInZone(UtcTime utc, std::string_view zone_name, std::string_view fallback_zone,
                            std::chrono::seconds offset, model::Event& event);
// The zone of a provider's name, if it can be named.
std::optional<model::Zone> NamedZone(std::string_view name);

}  // namespace kamili::sync
