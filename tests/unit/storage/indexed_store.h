#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "model/zone.h"
#include "storage/accounts.h"
#include "storage/calendars.h"
#include "storage/events.h"
#include "storage/journal.h"
#include "storage/range_index.h"
#include "storage/view.h"
#include "tests/support/test_store.h"

namespace kamili::storage::test {

using Texts = std::vector<std::string>;

// "remote_id start/end original" of a row, times as the contract writes dates and UTC.
inline std::string TextOf(const OccurrenceView& row) {
    const auto moment = [&](bool all_day, std::int64_t ms) {
        const std::string text = FormatUtc(UtcTime(std::chrono::milliseconds(ms)));
        return all_day ? text.substr(0, 10) : text;
    };
    std::string out(row.remote_id);
    out += " " + moment(row.all_day, row.start_ms) + "/" + moment(row.all_day, row.end_ms);
    if (row.original_ms) {
        const bool all_day = row.original.empty() ? row.all_day : row.original.size() == 10;
        out += " " + moment(all_day, *row.original_ms);
    }
    return out;
}

// An encrypted store with one account, whose range index is kept at `now`.
class IndexedStore {
  public:
    explicit IndexedStore(const char* now = "2026-01-15T09:00:00Z") : now_(*ParseRfc3339(now)) {
        Do([this](Txn& txn) {
            model::Account account;
            account.remote_id = "a";
            account_ = *InsertAccount(txn, account);
        });
        calendar = AddCalendar("first");
    }

    model::CalendarId AddCalendar(const std::string& name) {
        model::CalendarId id;
        Do([&](Txn& txn) {
            model::Calendar made;
            made.account_id = account_;
            made.remote_id = name;
            id = *InsertCalendar(txn, made);
        });
        return id;
    }
    // Until nothing is left to do; the number of transactions.
    int Keep(const std::string& zone_data = "1", std::int64_t batch = 7) {
        int count = 0;
        for (bool more = true; more; ++count)
            Do([&](Txn& txn) {
                const auto left =
                    KeepIndex(txn, {.now = now_, .zone_data = zone_data, .events_max = batch});
                REQUIRE(left);
                more = *left;
            });
        return count;
    }
    void SetNow(const char* now) { now_ = *ParseRfc3339(now); }

    template <typename Job>
    void Do(Job job) {
        const Status done = store_.Write([&](Txn& txn) -> Status {
            job(txn);
            return {};
        });
        REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
    }
    model::EventId Add(model::Event event) {
        model::EventId id;
        if (!event.calendar_id.is_valid()) event.calendar_id = calendar;
        Do([&](Txn& txn) { id = *InsertEvent(txn, event, 1); });
        return id;
    }
    template <typename Job>
    void Read(Job job) {
        REQUIRE(store_.Read([&](const ReadView& view) -> Status {
            job(view);
            return {};
        }));
    }

    // Both ways to the answer, sorted, and each must be the other's.
    Texts Rows(const model::TimeRange& range, const std::vector<model::CalendarId>& of = {}) {
        Texts indexed, expanded;
        Read([&](const ReadView& view) {
            REQUIRE(OccurrencesInRange(view, range, of, [&](const OccurrenceView& row) {
                indexed.push_back(TextOf(row));
            }));
            REQUIRE(ExpandedInRange(view, range, of, [&](const OccurrenceView& row) {
                expanded.push_back(TextOf(row));
            }));
        });
        std::sort(indexed.begin(), indexed.end());
        std::sort(expanded.begin(), expanded.end());
        CHECK(indexed == expanded);
        return indexed;
    }
    Texts Rows(const char* from, const char* to, const char* zone = "UTC") {
        return Rows(
            model::TimeRange::Of(*ParseRfc3339(from), *ParseRfc3339(to), *model::Zone::Load(zone)));
    }
    bool IsWhole() {
        bool whole = false;
        Read([&](const ReadView& view) {
            const auto state = ReadIndexState(view);
            REQUIRE(state);
            whole = *state && (*state)->whole;
        });
        return whole;
    }
    std::int64_t Count(const char* sql) {
        std::int64_t count = 0;
        Read([&](const ReadView& view) {
            auto statement = view.connection().Prepare(sql);
            REQUIRE(statement);
            REQUIRE(*statement->Step());
            count = statement->Int(0);
        });
        return count;
    }

    model::CalendarId calendar;

  private:
    UtcTime now_;
    kamili::testing::FakeClock clock_;
    kamili::testing::FakeLoop loop_{clock_};
    kamili::testing::TestStore store_{loop_};
    model::AccountId account_;
};

// "2026-01-15" is all-day, "2026-01-15T10:00:00" a wall time.
inline model::EventTime At(const std::string& text, const std::string& zone = "Europe/Berlin") {
    if (text.size() == 10) return model::EventTime::Date(*model::ParseDate(text));
    return model::TimedAt(*model::ParseWall(text), *model::Zone::Load(zone));
}

inline model::Event Single(const std::string& remote_id, const std::string& start,
                           const std::string& end, const std::string& zone = "Europe/Berlin") {
    model::Event event;
    event.remote_id = remote_id;
    event.uid = "uid-" + remote_id;
    event.title = "Title of " + remote_id;
    event.start = At(start, zone);
    event.end = At(end, zone);
    return event;
}

inline model::Event Series(const std::string& remote_id, const std::string& start,
                           const std::string& end, Texts lines,
                           const std::string& zone = "Europe/Berlin") {
    model::Event event = Single(remote_id, start, end, zone);
    event.kind = model::EventKind::kSeries;
    event.recurrence = std::move(lines);
    return event;
}

inline model::Event Member(const model::Event& series, const std::string& remote_id,
                           const model::EventTime& original, const model::EventTime& start,
                           const model::EventTime& end) {
    model::Event event = series;
    event.remote_id = remote_id;
    event.kind = model::EventKind::kException;
    event.recurrence.clear();
    event.series_remote_id = series.remote_id;
    event.original_start = original;
    event.start = start;
    event.end = end;
    return event;
}

}  // namespace kamili::storage::test

// So that a failed comparison shows both lists.
namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
    static String convert(const std::vector<std::string>& texts) {
        std::string out;
        for (const std::string& text : texts) out += (out.empty() ? "" : "; ") + text;
        return ("[" + out + "]").c_str();
    }
};
}  // namespace doctest
