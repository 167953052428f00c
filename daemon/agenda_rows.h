#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "daemon/json_text.h"
#include "model/merge.h"
#include "model/occurrence.h"
#include "model/zone.h"
#include "storage/occurrence_row.h"
#include "storage/store.h"

namespace kamili::daemon {

using AccountsByCalendar = std::map<model::CalendarId, model::AccountId>;
Result<AccountsByCalendar> ReadAccounts(const storage::ReadView& view);

// Occurrences on their way from the store to an answer: each is written as JSON once, when it
// arrives; merging and sorting move places, not texts. For one answer, on one thread.
class AgendaRows {
  public:
    // Are rows asked for, or only when they are busy?
    enum class Purpose { kRows, kBusyTimes };

    // `asker` decides when all-day dates begin among times.
    AgendaRows(AccountsByCalendar accounts, model::Zone asker, Purpose purpose = Purpose::kRows)
        : accounts_(std::move(accounts)), asker_(std::move(asker)), purpose_(purpose) {}

    void Add(const storage::OccurrenceView& row);
    // A member of the last row that was added: `snippet` where its text matched a search.
    void AddField(std::string_view name, std::string_view text);
    std::size_t size() const { return entries_.size(); }

    // The same meeting of two accounts as one row (model/merge.h), in the order of the semantics.
    WrittenRows Merged() const;
    // Each by itself, in that order.
    WrittenRows Sorted() const;
    // Each by itself, in the order of arrival.
    WrittenRows AsAdded() const;
    // When the rows are busy; of merged ones the chosen one says so.
    std::vector<std::pair<UtcTime, UtcTime>> BusyTimes(bool merge) const;

  private:
    // A stretch of `text_`; views would move with it.
    struct Piece {
        std::size_t at = 0;
        std::size_t size = 0;
    };
    struct Entry {
        UtcTime start;
        UtcTime end;
        bool timed = false;
        bool busy = false;
        model::EventId event;
        model::AccountId account;
        model::Response response = model::Response::kNone;
        bool original_all_day = false;
        std::int64_t original_ms = 0;
        Piece title;
        Piece uid;
        Piece object;  // the row without its origins and its end
        Piece origin;
    };

    std::string_view View(Piece piece) const {
        return std::string_view(text_).substr(piece.at, piece.size);
    }
    template <typename Append>
    Piece Write(Append append);
    void AppendObject(const storage::OccurrenceView& row, model::AccountId account);
    void AppendOrigin(const storage::OccurrenceView& row, model::AccountId account);
    UtcTime TimeOf(bool all_day, std::int64_t ms);
    bool IsBefore(const Entry& a, const Entry& b) const;
    std::vector<model::Meeting> Merge() const;
    std::vector<model::Meeting> Apart() const;
    void Sort(std::vector<model::Meeting>& meetings) const;
    WrittenRows Put(const std::vector<model::Meeting>& meetings) const;

    const AccountsByCalendar accounts_;
    const model::Zone asker_;
    const Purpose purpose_;
    std::string text_;
    std::vector<Entry> entries_;
    std::map<std::int64_t, UtcTime> midnights_;  // of dates that were asked for
};

}  // namespace kamili::daemon
