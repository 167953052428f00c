#include "storage/search_rows.h"

#include "storage/search_key.h"
#include "storage/view.h"

namespace kamili::storage {
namespace {

constexpr char kSpanSql[] =
    "SELECT span_from_ms,span_to_ms FROM events INDEXED BY events_by_id WHERE id=?";
constexpr char kDeleteSql[] = "DELETE FROM event_texts WHERE rowid=?";
constexpr char kInsertSql[] =
    "INSERT INTO event_texts (rowid,title,description,location,people) VALUES (?,?,?,?,?)";
// More would be much memory in a transaction of everything.
constexpr std::size_t kWaitingMax = 5000;

std::string PeopleText(const model::Event& event) {
    std::string people;
    const auto add = [&](const model::Person& person) {
        people += person.name + " " + person.address + "\n";
    };
    if (event.organizer) add(*event.organizer);
    for (const auto& person : event.attendees) add(person);
    return people;
}

Status Delete(Txn& txn, std::int64_t key) {
    auto statement = txn.connection().Prepare(kDeleteSql);
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, key).Run();
}

Status Insert(Txn& txn, std::int64_t key, const SearchTexts& texts) {
    auto statement = txn.connection().Prepare(kInsertSql);
    if (!statement) return std::move(statement).error();
    return statement->Bind(1, key)
        .BindBorrowed(2, texts.title)
        .BindBorrowed(3, texts.description)
        .BindBorrowed(4, texts.location)
        .BindBorrowed(5, texts.people)
        .Run();
}

}  // namespace

Status PutText(Txn& txn, model::EventId id, const model::Event& event, const Span& span) {
    if (event.kind == model::EventKind::kCancelledException) return {};
    auto& waiting = txn.pending().search;
    waiting[SearchKey(span, id)].texts = {.title = event.title,
                                          .description = event.description,
                                          .location = event.location,
                                          .people = PeopleText(event)};
    return waiting.size() < kWaitingMax ? Status() : WriteSearchRows(txn);
}

Status RemoveText(Txn& txn, model::EventId id) {
    auto statement = txn.connection().Prepare(kSpanSql);
    if (!statement) return std::move(statement).error();
    const auto found = statement->Bind(1, id.row()).Step();
    if (!found) return found.error();
    if (!*found) return {};
    const Span span{.from_ms = statement->Int(0), .to_ms = statement->Int(1)};
    txn.pending().search[SearchKey(span, id)] = {.goes = true, .texts = {}};
    return {};
}

Status WriteSearchRows(Txn& txn) {
    auto& waiting = txn.pending().search;
    for (const auto& [key, write] : waiting) {
        if (write.goes)
            if (auto done = Delete(txn, key); !done) return done;
        if (write.texts)
            if (auto done = Insert(txn, key, *write.texts); !done) return done;
    }
    waiting.clear();
    return {};
}

}  // namespace kamili::storage
