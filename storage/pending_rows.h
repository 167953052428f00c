#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/event.h"
#include "model/ids.h"
#include "storage/occurrence_row.h"

namespace kamili::storage {

// The days that the range index covers, in every zone: occurrences that overlap them are in it.
struct IndexDays {
    std::chrono::local_days from;
    std::chrono::local_days to;  // exclusive

    model::TimeRange Range() const {
        return {.from = UtcTime(from.time_since_epoch()),
                .to = UtcTime(to.time_since_epoch()),
                .from_date = from,
                .to_date = to};
    }
    bool Cover(const model::TimeRange& range) const {
        const model::TimeRange all = Range();
        return range.from >= all.from && range.to <= all.to && range.from_date >= all.from_date &&
               range.to_date <= all.to_date;
    }
};

struct SearchTexts {
    std::string title;
    std::string description;
    std::string location;
    std::string people;
};
struct SearchWrite {
    bool goes = false;  // what is there, first
    std::optional<SearchTexts> texts;
};

// What a write transaction still has to bring into the range index and the search index. A series
// is expanded once however many of its members change, and all rows are written in the order of the
// table.
struct PendingRows {
    bool is_loaded = false;
    std::optional<IndexDays> days;  // nothing: there is no index yet
    // By the provider's id, with the master as this transaction wrote it last, if it did.
    std::map<std::pair<model::CalendarId, std::string>, std::optional<model::Event>> series;
    // Events from this id on were inserted here: the table has no rows of them yet.
    std::optional<model::EventId> first_new;
    // The whole truth about these events; nothing: expanded for each question.
    std::map<model::EventId,
             std::pair<model::CalendarId, std::optional<std::vector<OccurrenceRow>>>>
        events;
    std::map<std::int64_t, SearchWrite> search;  // by storage/search_key.h
};

}  // namespace kamili::storage
