#include <algorithm>
#include <optional>
#include <span>

#include "storage/coverage.h"
#include "storage/range_index.h"
#include "storage/range_stretch.h"
#include "storage/shared_meetings.h"

namespace kamili::storage {
namespace {

using model::CalendarId;
using model::EventId;
using model::TimeRange;

constexpr char kForwardSql[] =
    "SELECT start_ms,end_ms,event_id FROM occurrences INDEXED BY occurrences_busy "
    "WHERE calendar_id=?1 AND length_class=?2 AND start_ms>=?3 AND start_ms<?4 AND end_ms>?5 "
    "AND busy=1 ORDER BY start_ms";
constexpr char kBackwardSql[] =
    "SELECT start_ms,end_ms,event_id FROM occurrences INDEXED BY occurrences_busy "
    "WHERE calendar_id=?1 AND length_class=?2 AND start_ms>?3 AND start_ms<?4 AND end_ms>?5 "
    "AND busy=1 ORDER BY start_ms DESC LIMIT 8";
// So many rows are read before it is tried to leave some out.
constexpr int kPatience = 8;

struct Busy {
    std::int64_t start = 0;
    std::int64_t end = 0;
    EventId event;
};

// Adds the busy rows of one stretch to what is covered already. Where much is busy most rows change
// nothing: the last row that begins before the end of a busy period shows at once how far it goes
// on, and only near its real end every row has to be looked at.
class BusyStretch {
  public:
    BusyStretch(const ReadView& view, CalendarId calendar, const LengthClass& length,
                Coverage& coverage, SharedMeetings* shared)
        : view_(view), calendar_(calendar), length_(length), cover_(coverage), shared_(shared) {}

    Status Run() {
        next_ = FirstStartFor(cover_.EndFrom(cover_.from()));
        for (;;) {
            auto again = ReadForward();
            if (!again) return std::move(again).error();
            if (!*again) return {};
        }
    }

  private:
    // What begins earlier does not last until then.
    std::int64_t FirstStartFor(std::int64_t end) const {
        return length_.longest_ms ? end - *length_.longest_ms
                                  : std::numeric_limits<std::int64_t>::min();
    }

    void Bind(Statement& statement, std::int64_t start, std::int64_t before, std::int64_t after) {
        statement.Bind(1, calendar_.row())
            .Bind(2, length_.number)
            .Bind(3, start)
            .Bind(4, before)
            .Bind(5, after);
    }

    static Result<std::optional<Busy>> Next(Statement& statement) {
        const auto row = statement.Step();
        if (!row) return row.error();
        if (!*row) return std::optional<Busy>();
        return std::optional(Busy{.start = statement.Int(0),
                                  .end = statement.Int(1),
                                  .event = EventId(statement.Int(2))});
    }

    // True if it made the busy period that ends at `reach_` longer, or began one.
    Result<bool> Take(const Busy& row) {
        if (row.end <= reach_) return false;
        if (shared_) {
            const auto stands = shared_->Stands({.calendar = calendar_,
                                                 .length_class = length_.number,
                                                 .start_ms = row.start,
                                                 .event = row.event});
            if (!stands) return stands.error();
            if (!*stands) return false;
        }
        cover_.Add(row.start, row.end);
        reach_ = cover_.EndFrom(std::min(row.end, cover_.to()));
        return true;
    }

    // Rows from `next_` on. True to be called again, with another `next_`.
    Result<bool> ReadForward() {
        auto statement = view_.connection().Prepare(kForwardSql);
        if (!statement) return std::move(statement).error();
        Bind(*statement, next_, cover_.to(), cover_.from());
        int patience = kPatience;
        for (int read = 1;; ++read) {
            const auto row = Next(*statement);
            if (!row) return row.error();
            if (!*row) return false;
            const std::int64_t start = std::max((*row)->start, cover_.from());
            if (start > reach_) reach_ = cover_.EndFrom(start);
            if (const auto taken = Take(**row); !taken) return taken.error();
            if (reach_ >= cover_.to()) return false;
            if (read < patience || !length_.longest_ms) continue;
            const auto leapt = Leap((*row)->start);
            if (!leapt) return leapt.error();
            if (*leapt) return reach_ < cover_.to();
            patience += read;
        }
    }

    // Follows the busy period from row to row, with all between left out. True if that was worth
    // it: `next_` is where rows have to be read again.
    Result<bool> Leap(std::int64_t start) {
        bool grown = false;
        for (bool more = reach_ > start; more && reach_ < cover_.to(); grown |= more) {
            auto found = ReadBackward(start);
            if (!found) return std::move(found).error();
            more = *found;
        }
        const std::int64_t next = FirstStartFor(reach_);
        if (!grown && next <= start) return false;
        next_ = std::max(next, start);
        return true;
    }

    // One of the last rows that begin up to `reach_`.
    Result<bool> ReadBackward(std::int64_t after) {
        auto statement = view_.connection().Prepare(kBackwardSql);
        if (!statement) return std::move(statement).error();
        Bind(*statement, after, std::min(reach_ + 1, cover_.to()), reach_);
        for (;;) {
            const auto row = Next(*statement);
            if (!row) return row.error();
            if (!*row) return false;
            auto taken = Take(**row);
            if (!taken || *taken) return taken;
        }
    }

    const ReadView& view_;
    const CalendarId calendar_;
    const LengthClass& length_;
    Coverage& cover_;
    SharedMeetings* shared_;
    std::int64_t next_ = 0;
    // All is covered up to here from the row that was read last.
    std::int64_t reach_ = std::numeric_limits<std::int64_t>::min();
};

// One question. The longest classes come first: what they cover need not be looked at again.
class BusyReader {
  public:
    BusyReader(const ReadView& view, const BusyQuestion& question,
               std::vector<EnabledCalendar> calendars, std::vector<EventId> expanded)
        : view_(view),
          question_(question),
          calendars_(std::move(calendars)),
          expanded_(std::move(expanded)),
          shared_(view, question.range, calendars_, expanded_),
          cover_(question.range.from.time_since_epoch().count(),
                 question.range.to.time_since_epoch().count()) {}

    Result<std::optional<BusyAnswer>> Run() {
        if (auto done = ReadDates(); !done) return std::move(done).error();
        if (auto done = ReadClasses(false, cover_); !done) return std::move(done).error();
        const auto complete = AddExpanded();
        if (!complete) return complete.error();
        if (shared_.is_lost()) return std::optional<BusyAnswer>();
        BusyAnswer out{.periods = {}, .complete = *complete};
        const auto time = [](std::int64_t ms) { return UtcTime(std::chrono::milliseconds(ms)); };
        for (const auto& [start, end] : cover_.periods())
            out.periods.push_back({.start = time(start), .end = time(end)});
        return std::optional(std::move(out));
    }

  private:
    // Only where several accounts are asked at once can a meeting be seen twice.
    SharedMeetings* Shared() {
        if (!question_.calendars.empty()) return nullptr;
        const bool several =
            std::any_of(calendars_.begin(), calendars_.end(), [this](const EnabledCalendar& one) {
                return one.account != calendars_.front().account;
            });
        return several ? &shared_ : nullptr;
    }

    Status ReadClasses(bool all_day, Coverage& cover) {
        const auto classes = LengthClasses();
        for (auto length = classes.rbegin(); length != classes.rend(); ++length) {
            if (length->all_day != all_day) continue;
            for (const EnabledCalendar& calendar : calendars_) {
                if (cover.IsFull()) return {};
                BusyStretch stretch(view_, calendar.id, *length, cover, Shared());
                if (auto done = stretch.Run(); !done) return done;
            }
        }
        return {};
    }

    std::int64_t Midnight(std::int64_t date_ms) const {
        const std::chrono::milliseconds time(date_ms);
        return question_.asker
            .ToUtc(std::chrono::local_seconds(std::chrono::floor<std::chrono::seconds>(time)))
            .time_since_epoch()
            .count();
    }

    // All-day rows by their dates; only what is left of them becomes times.
    Status ReadDates() {
        const Stretch bounds = StretchOf(LengthClasses().back(), question_.range);
        Coverage dates(bounds.from, bounds.to);
        if (auto done = ReadClasses(true, dates); !done) return done;
        for (const auto& [start, end] : dates.periods()) cover_.Add(Midnight(start), Midnight(end));
        return {};
    }

    // False when a rule was too costly, unless all is busy anyway.
    Result<bool> AddExpanded() {
        bool complete = true;
        for (const EventId id : expanded_) {
            if (cover_.IsFull()) return true;
            const auto series = FindSeries(view_, id);
            if (!series) return series.error();
            if (!*series || !(*series)->master.busy) continue;
            if (auto* shared = Shared()) {
                const auto is_shared = shared->IsShared((*series)->master.uid);
                if (!is_shared) return is_shared.error();
            }
            complete &= AddSeries(**series);
        }
        return complete;
    }

    bool AddSeries(const SeriesRows& series) {
        std::vector<model::Occurrence> occurrences;
        const bool complete = ExpandOne(series, question_.range, occurrences);
        for (const auto& one : occurrences) {
            // Members have rows of their own.
            if (one.event != &series.master) continue;
            const OccurrenceRow row = RowOf(one);
            if (row.all_day)
                cover_.Add(Midnight(row.start_ms), Midnight(row.end_ms));
            else
                cover_.Add(row.start_ms, row.end_ms);
        }
        return complete;
    }

    const ReadView& view_;
    const BusyQuestion& question_;
    const std::vector<EnabledCalendar> calendars_;
    const std::vector<EventId> expanded_;
    SharedMeetings shared_;
    Coverage cover_;
};

}  // namespace

Result<std::optional<BusyAnswer>> BusyInRange(const ReadView& view, const BusyQuestion& question) {
    const auto covers = IndexCovers(view, question.range);
    if (!covers) return covers.error();
    if (!*covers) return std::optional<BusyAnswer>();
    auto enabled = EnabledCalendars(view, question.calendars);
    if (!enabled) return std::move(enabled).error();
    auto expanded = ReadExpandedEvents(view, *enabled);
    if (!expanded) return std::move(expanded).error();
    return BusyReader(view, question, std::move(*enabled), std::move(*expanded)).Run();
}

}  // namespace kamili::storage
