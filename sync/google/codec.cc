#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/url.h"
#include "sync/event_rules.h"
#include "sync/google/calendar.h"
#include "sync/google/cursor.h"
#include "sync/google/errors.h"
#include "sync/google/event.h"
#include "sync/google/fields.h"
#include "sync/json_body.h"
#include "sync/providers.h"

namespace kamili::sync {
namespace {

using google::Cursor;
using model::Account;
using model::Calendar;
using nlohmann::json;

// The most that Google gives out.
constexpr const char* kCalendarPage = "250";
constexpr const char* kEventPage = "2500";

std::string ListMask(const char* fields) {
    return std::string("nextPageToken,nextSyncToken,items(") + fields + ")";
}

const char* EventFields(const Account& account) {
    return account.access == model::Access::kFreeBusy ? google::kTimesFields : google::kEventFields;
}

void AddTokens(const Cursor& cursor, net::QueryPairs& query) {
    if (!cursor.sync.empty()) query.emplace_back("syncToken", cursor.sync);
    if (!cursor.page.empty()) query.emplace_back("pageToken", cursor.page);
}

// What the failure of a list's page means to the stream at `before`.
Status CheckPage(const net::Response& response, const Cursor& before, UtcTime now) {
    // A token that Google cannot read is as good as an expired one.
    if (response.status == 400 && (!before.sync.empty() || !before.page.empty()))
        return Error{.kind = ErrorKind::kCursorExpired, .message = "Google refuses the token"};
    if (response.status != 200) return google::ErrorOf(response, now);
    return {};
}

Result<json> CheckList(Result<json> body) {
    // An empty list may be left out; one of another type says nothing of what exists.
    if (body && body->contains("items") && !HasArray(*body, "items"))
        return Error{.kind = ErrorKind::kBadReply, .message = "the page holds no list"};
    return body;
}

// Where the stream stands after this page.
Result<Cursor> Advance(const Cursor& before, const json& body, UtcTime now) {
    Cursor after = before;
    after.page = TextOf(body, "nextPageToken");
    if (after.page.empty()) {
        const std::string token = TextOf(body, "nextSyncToken");
        if (token.empty())
            return Error{.kind = ErrorKind::kBadReply,
                         .message = "the listing ended without a token for the next one"};
        return google::AfterRound(before, token, now);
    }
    if (after.page == before.page)
        return Error{.kind = ErrorKind::kBadReply, .message = "the listing repeats a page"};
    return after;
}

class GoogleProvider final : public Provider {
  public:
    explicit GoogleProvider(const ProviderOptions& options) : api_(options.google_api_url) {}

    net::Request ListCalendars(const Account& account) const override {
        net::QueryPairs query = {{"maxResults", kCalendarPage},
                                 {"showHidden", "true"},
                                 {"fields", ListMask(google::kCalendarFields)}};
        const Cursor cursor = google::ReadCursor(account.list_cursor);
        // With a sync token removed and hidden ones are always named.
        if (!cursor.sync.empty()) query.emplace_back("showDeleted", "true");
        AddTokens(cursor, query);
        return Get("/users/me/calendarList", query);
    }

    Result<CalendarPage> ParseCalendars(const Account& account, const net::Response& response,
                                        UtcTime now) const override {
        const Cursor before = google::ReadCursor(account.list_cursor);
        if (auto good = CheckPage(response, before, now); !good) return std::move(good).error();
        const auto body = CheckList(ParseJsonBody(response));
        if (!body) return body.error();
        const auto after = Advance(before, *body, now);
        if (!after) return after.error();
        CalendarPage page = google::ReadCalendarList(*body);
        page.complete = page.complete && before.sync.empty();
        page.last = after->page.empty();
        page.cursor = google::CursorText(*after);
        return page;
    }

    net::Request ListChanges(const Account& account, const Calendar& calendar,
                             UtcTime) const override {
        net::QueryPairs query = {{"maxResults", kEventPage},
                                 {"singleEvents", "false"},
                                 {"fields", ListMask(EventFields(account))}};
        AddTokens(google::ReadCursor(calendar.cursor), query);
        return Get(EventsPath(calendar), query);
    }

    Result<ChangePage> ParseChanges(const Account& account, const Calendar& calendar,
                                    const net::Response& response, UtcTime now) const override;

    net::Request FetchItem(const Account& account, const Calendar& calendar,
                           const std::string& remote_id, const std::string&) const override {
        return Get(EventsPath(calendar) + "/" + net::PercentEncode(remote_id),
                   {{"fields", EventFields(account)}});
    }

    Result<ItemReply> ParseItem(const Account& account, const Calendar& calendar,
                                const std::string& remote_id, const std::string&,
                                const net::Response& response, UtcTime now) const override;

    bool IsInsideRound(const Calendar& calendar) const override {
        return !google::ReadCursor(calendar.cursor).page.empty();
    }

    bool MayLackSeries() const override { return true; }

    // The whole history is listed: no window has to move.
    bool NeedsFullListing(const Calendar&, UtcTime) const override { return false; }

    std::string RestartCursor(const Calendar& calendar, UtcTime now) const override {
        if (calendar.cursor.empty()) return {};
        return google::CursorText(google::AfterRefusal(google::ReadCursor(calendar.cursor), now));
    }

    net::Request FetchIdentity() const override {
        return Get("/users/me/calendarList/primary", {{"fields", "id"}});
    }

    Result<Identity> ParseIdentity(const net::Response& response, UtcTime now) const override {
        if (response.status != 200) return google::ErrorOf(response, now);
        const auto body = ParseJsonBody(response);
        if (!body) return body.error();
        // The primary calendar's id is the account's address.
        const std::string id = TextOf(*body, "id");
        if (id.empty())
            return Error{.kind = ErrorKind::kBadReply,
                         .message = "Google did not say whose account this is"};
        return Identity{.remote_id = id, .address = id};
    }

  private:
    static std::string EventsPath(const Calendar& calendar) {
        return "/calendars/" + net::PercentEncode(calendar.remote_id) + "/events";
    }

    net::Request Get(const std::string& path, const net::QueryPairs& query) const {
        net::Request request;
        request.url = api_ + path + "?" + net::BuildQuery(query);
        return request;
    }

    std::string api_;
};

Result<ChangePage> GoogleProvider::ParseChanges(const Account& account, const Calendar& calendar,
                                                const net::Response& response, UtcTime now) const {
    const Cursor begun = google::ReadCursor(calendar.cursor);
    if (auto good = CheckPage(response, begun, now); !good) return std::move(good).error();
    Cursor before;
    ChangePage page;
    const ItemSink sink = {.list = "items",
                           .on_begin =
                               [&] {
                                   before = begun;
                                   page = {};
                               },
                           .on_item =
                               [&](const json& item) {
                                   auto change = google::ReadItem(item, account, calendar);
                                   page.bad_events += !change || IsBad(change->event);
                                   before.gaps |= !change;
                                   if (change) page.changes.push_back(std::move(*change));
                               }};
    const auto body = CheckList(ParseJsonBody(response, sink));
    if (!body) return body.error();
    const auto after = Advance(before, *body, now);
    if (!after) return after.error();
    page.last = after->page.empty();
    page.begins = before.sync.empty() && before.page.empty();
    // What could not be named may be any event: then nothing is removed for being absent.
    page.full = before.sync.empty() && !(page.last && before.gaps);
    page.cursor = google::CursorText(*after);
    return page;
}

Result<ItemReply> GoogleProvider::ParseItem(const Account& account, const Calendar& calendar,
                                            const std::string& remote_id, const std::string&,
                                            const net::Response& response, UtcTime now) const {
    ItemReply reply;
    if (google::SaysGone(response)) {
        RemoteChange gone{.kind = RemoteChange::Kind::kRemoved, .event = {}, .members = {}};
        gone.event.remote_id = remote_id;
        reply.changes.push_back(std::move(gone));
        return reply;
    }
    if (response.status != 200) return google::ErrorOf(response, now);
    const auto body = ParseJsonBody(response);
    if (!body) return body.error();
    if (auto change = google::ReadItem(*body, account, calendar))
        reply.changes.push_back(std::move(*change));
    return reply;
}

}  // namespace

std::unique_ptr<Provider> MakeGoogleProvider(const ProviderOptions& options) {
    return std::make_unique<GoogleProvider>(options);
}

}  // namespace kamili::sync
