#include "sync/state_log.h"

#include "sync/driver_state.h"

namespace kamili::sync {
namespace {

using model::State;

// Is it news? `told` is what the log knows afterwards. Kinds tell troubles of one state apart only
// where the state does not say what it is: "offline" is one trouble, however it shows.
bool IsNews(const Status& status, Instant now, ToldState& told) {
    const State state = status ? State::kOk : StateOf(status.error());
    const ErrorKind kind = status ? ErrorKind{} : status.error().kind;
    if (state == told.state && (state != State::kError || kind == told.kind)) return false;
    if (told.state == State::kOk) told.since = now;
    told.state = state;
    told.kind = kind;
    return true;
}

std::int64_t SecondsSince(Instant then, Instant now) {
    return std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
}

}  // namespace

void StateLog::OnPass(model::AccountId account, const Status& status, const PassReport& report,
                      ToldState& told) {
    const Instant now = clock_.Now();
    const bool news = IsNews(status, now, told);
    const std::string account_id = account.Text();
    const std::string calendar = report.calendar.Text();
    const auto duration = report.duration.count();
    if (!status)
        return log_.Write(news ? LogLevel::kWarn : LogLevel::kDebug, "a calendar is not up to date",
                          {{"account", account_id},
                           {"calendar", calendar},
                           {"state", Text(told.state)},
                           {"kind", Text(told.kind)},
                           {"duration_ms", duration}});
    if (news)
        log_.Info("a calendar is well again", {{"account", account_id},
                                               {"calendar", calendar},
                                               {"after_s", SecondsSince(told.since, now)}});
    log_.Write(report.listed_anew ? LogLevel::kInfo : LogLevel::kDebug,
               report.listed_anew ? "a calendar was listed whole" : "a calendar was asked",
               {{"account", account_id},
                {"calendar", calendar},
                {"added", report.added},
                {"changed", report.changed},
                {"removed", report.removed},
                {"pages", report.pages},
                {"duration_ms", duration}});
}

void StateLog::OnRound(model::AccountId account, const Status& status,
                       std::chrono::milliseconds duration, ToldState& told) {
    const Instant now = clock_.Now();
    const bool news = IsNews(status, now, told);
    if (!status)
        return log_.Write(news ? LogLevel::kWarn : LogLevel::kDebug, "an account is not up to date",
                          {{"account", account.Text()},
                           {"state", Text(told.state)},
                           {"kind", Text(told.kind)},
                           {"duration_ms", duration.count()}});
    if (news)
        log_.Info("an account is well again",
                  {{"account", account.Text()}, {"after_s", SecondsSince(told.since, now)}});
}

}  // namespace kamili::sync
