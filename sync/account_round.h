#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "sync/calendar_pass.h"
#include "sync/list_pass.h"

namespace kamili::sync {

// One round of an account: its calendar list if wanted, then passes over calendars, one after the
// other, so that a mailbox never sees two of our requests at once. Dropping it cancels.
class AccountRound : public std::enable_shared_from_this<AccountRound> {
  public:
    struct Plan {
        bool list = false;
        bool full = false;
        bool all = false;  // every enabled calendar, also those that the list brings
        std::vector<model::CalendarId> calendars;
    };
    struct Hooks {
        UniqueFunction<void(const std::vector<model::Calendar>&)> on_rows;  // all of the account
        UniqueFunction<void(const model::Calendar&)> on_row;
        UniqueFunction<void(model::CalendarId)> on_begin;
        UniqueFunction<void(const PassReport&, std::int64_t events)> on_page;
        UniqueFunction<void(const Status&, const PassReport&)> on_pass;
        // Everything was tried; an error stopped the round before its passes.
        UniqueFunction<void(Status)> on_end;
    };

    AccountRound(PassContext& context, model::Account account, Plan plan, Hooks hooks);
    void Start();
    const Plan& plan() const { return plan_; }
    // Goes on if the next pass was held back.
    void Resume();
    // Forgets a calendar: its pass is dropped if it is running.
    void Drop(model::CalendarId calendar);

  private:
    void ReadRows();
    void Queue(const std::vector<model::Calendar>& rows);
    void Next();
    void End(Status status);
    bool StopsRound(const Error& error) const;

    PassContext& context_;
    const model::Account account_;
    const Plan plan_;
    Hooks hooks_;
    std::shared_ptr<ListPass> list_;
    std::shared_ptr<CalendarPass> pass_;
    std::optional<model::CalendarId> running_;
    std::deque<model::Calendar> queue_;
    bool held_back_ = false;
};

}  // namespace kamili::sync
