#pragma once

#include <string>

#include "model/account.h"
#include "model/calendar.h"
#include "sync/provider.h"

namespace kamili::sync::graph {

// Fetching one event or series whole, in up to four kinds of step: with its exceptions expanded; if
// the service does not know that, plain; the series of an occurrence that was asked for by its own
// id; and the server's own instances of a series that cannot be expanded here. A step's text
// carries what has been gathered so far.
//
// Items are asked for below their calendar: one that moved to another calendar is gone from this
// one, and ids of a shared calendar are good only on the path they came from.
net::Request ItemRequest(const std::string& graph_url, const model::Account& account,
                         const model::Calendar& calendar, const std::string& remote_id,
                         const std::string& step);
Result<ItemReply> ReadItemReply(const std::string& graph_url, const model::Account& account,
                                const std::string& remote_id, const std::string& step,
                                const net::Response& response, UtcTime now);

// The properties of an event that are kept, as $select wants them.
std::string EventSelect(const model::Account& account);
// The Prefer header that every request to a calendar carries.
net::Header PreferHeader();

}  // namespace kamili::sync::graph
