#include <nlohmann/json.hpp>

#include "net/url.h"
#include "sync/graph/calendar.h"
#include "sync/graph/cursor.h"
#include "sync/graph/errors.h"
#include "sync/graph/item.h"
#include "sync/graph/page.h"
#include "sync/json_body.h"
#include "sync/providers.h"

namespace kamili::sync {
namespace {

using graph::Cursor;
using model::Account;
using model::Calendar;
using nlohmann::json;

// Occurrences on a page of a plain view.
constexpr const char* kViewPage = "500";

Error Foreign() {
    return {.kind = ErrorKind::kUntrusted, .message = "a link leads to a foreign server"};
}

Error Bad(const char* what) { return {.kind = ErrorKind::kBadReply, .message = what}; }

// The body of a collection's page.
Result<json> ReadPage(const net::Response& response, UtcTime now) {
    if (response.status != 200) return graph::ErrorOf(response, now);
    auto body = ParseJsonBody(response);
    // What lacks its list says nothing of what exists.
    if (body && !HasArray(*body, "value")) return Bad("the page holds no list");
    return body;
}

class GraphProvider final : public Provider {
  public:
    explicit GraphProvider(const ProviderOptions& options)
        : graph_url_(options.graph_url),
          window_{.past = options.window_past, .future = options.window_future} {}

    net::Request ListCalendars(const Account& account) const override {
        net::Request request;
        request.url = account.list_cursor;
        if (!graph::IsOwnLink(request.url, graph_url_))
            request.url = graph_url_ + "/me/calendars?" +
                          net::BuildQuery({{"$top", "100"},
                                           {"$select",
                                            "id,name,hexColor,isDefaultCalendar,canEdit,"
                                            "canShare"}});
        return request;
    }

    Result<CalendarPage> ParseCalendars(const Account& account, const net::Response& response,
                                        UtcTime now) const override {
        const auto body = ReadPage(response, now);
        if (!body) return body.error();
        CalendarPage page = graph::ReadCalendarList(*body);
        page.cursor = TextOf(*body, "@odata.nextLink");
        page.last = page.cursor.empty();
        if (page.last) return page;
        if (!graph::IsOwnLink(page.cursor, graph_url_)) return Foreign();
        if (page.cursor == account.list_cursor) return Bad("the calendar list repeats a page");
        return page;
    }

    net::Request ListChanges(const Account& account, const Calendar& calendar,
                             UtcTime now) const override {
        const Cursor cursor = CursorOf(calendar, now);
        net::Request request;
        request.url = cursor.link;
        if (request.url.empty()) request.url = FirstPage(account, calendar, cursor);
        net::Header prefer = graph::PreferHeader();
        prefer.value += ", odata.maxpagesize=" + std::to_string(window_.PageSize(cursor.care));
        request.headers = {std::move(prefer)};
        return request;
    }

    Result<ChangePage> ParseChanges(const Account& account, const Calendar& calendar,
                                    const net::Response& response, UtcTime now) const override;

    net::Request FetchItem(const Account& account, const Calendar& calendar,
                           const std::string& remote_id, const std::string& step) const override {
        return graph::ItemRequest(graph_url_, account, calendar, remote_id, step);
    }
    Result<ItemReply> ParseItem(const Account& account, const Calendar&,
                                const std::string& remote_id, const std::string& step,
                                const net::Response& response, UtcTime now) const override {
        return graph::ReadItemReply(graph_url_, account, remote_id, step, response, now);
    }

    bool IsInsideRound(const Calendar& calendar) const override {
        return graph::ReadCursor(calendar.cursor).pages > 0;
    }

    bool NeedsFullListing(const Calendar& calendar, UtcTime now) const override {
        return graph::IsOutdated(graph::ReadCursor(calendar.cursor), window_, calendar.remote_id,
                                 now);
    }

    std::string RestartCursor(const Calendar& calendar, UtcTime now) const override {
        const Cursor fresh = graph::AfterRefusal(graph::ReadCursor(calendar.cursor), now);
        return fresh.care == 0 ? std::string() : graph::CursorText(fresh);
    }

    net::Request FetchIdentity() const override {
        net::Request request;
        request.url = graph_url_ + "/me/calendar?" + net::BuildQuery({{"$select", "owner"}});
        return request;
    }
    Result<Identity> ParseIdentity(const net::Response& response, UtcTime now) const override {
        if (response.status != 200) return graph::ErrorOf(response, now);
        const auto body = ParseJsonBody(response);
        if (!body) return body.error();
        return Identity{.remote_id = "", .address = TextOf(ObjectOf(*body, "owner"), "address")};
    }

  private:
    std::string FirstPage(const Account& account, const Calendar& calendar,
                          const Cursor& cursor) const {
        net::QueryPairs query = {{"startDateTime", cursor.from}, {"endDateTime", cursor.to}};
        if (cursor.IsPlain()) {
            query.emplace_back("$select", graph::EventSelect(account));
            query.emplace_back("$top", kViewPage);
        }
        return graph_url_ + "/me/calendars/" + net::PercentEncode(calendar.remote_id) +
               (cursor.IsPlain() ? "/calendarView?" : "/calendarView/delta?") +
               net::BuildQuery(query);
    }

    // The cursor to continue from, or a new window when there is none for this server.
    Cursor CursorOf(const Calendar& calendar, UtcTime now) const {
        Cursor cursor = graph::ReadCursor(calendar.cursor);
        if (graph::IsOwnLink(cursor.link, graph_url_)) return cursor;
        return graph::Begin(window_, cursor, now);
    }

    std::string graph_url_;
    graph::Window window_;
};

Result<ChangePage> GraphProvider::ParseChanges(const Account& account, const Calendar& calendar,
                                               const net::Response& response, UtcTime now) const {
    Cursor cursor = CursorOf(calendar, now);
    ChangePage page;
    if (response.status == 403 && cursor.pages > 0 && !cursor.IsPlain()) {
        page.cursor = graph::CursorText(graph::WithoutStream(cursor, now));
        return page;
    }
    const auto body = ReadPage(response, now);
    if (!body) return body.error();
    const std::string next = TextOf(*body, "@odata.nextLink");
    const std::string delta = TextOf(*body, "@odata.deltaLink");
    if (cursor.IsPlain() ? !delta.empty() : next.empty() == delta.empty())
        return Bad("a page has no way on, or two");
    const std::string& link = next.empty() ? delta : next;
    if (!link.empty() && !graph::IsOwnLink(link, graph_url_)) return Foreign();
    page.begins = cursor.link.empty();
    graph::PageReader reader(account, page);
    for (const json& item : ArrayOf(*body, "value")) reader.Add(item);
    cursor.gaps = cursor.gaps || reader.has_gaps();
    page.last = next.empty();
    page.full = cursor.full && !(page.last && cursor.gaps);
    if (!page.last && !graph::NotePage(reader.ids(), cursor))
        return Error{.kind = ErrorKind::kCursorExpired, .message = "the server repeats its pages"};
    cursor.link = link;
    if (page.last) {
        cursor.full = cursor.gaps = false;
        cursor.pages = cursor.stalls = 0;
        cursor.recent.clear();
    }
    page.cursor = graph::CursorText(cursor);
    return page;
}

}  // namespace

std::unique_ptr<Provider> MakeGraphProvider(const ProviderOptions& options) {
    return std::make_unique<GraphProvider>(options);
}

}  // namespace kamili::sync
