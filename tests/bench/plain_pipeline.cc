#include "tests/bench/plain_pipeline.h"

#include <simdjson.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace kamili::testing {
namespace {

// A row as SQLite's own values, so that it can be written again as it was.
using Row = std::vector<sqlite3_value*>;

constexpr int kGzipWindow = 15 + 16;

// The tables that a first sync fills, by event.
struct Table {
    const char* name;
    const char* event;  // the column that says which event a row belongs to
    const char* columns;
    sqlite3_stmt* insert = nullptr;
    std::unordered_map<std::int64_t, std::vector<Row>> rows;
};

void Must(sqlite3* handle, int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        std::fprintf(stderr, "%s\n", sqlite3_errmsg(handle));
    KAMILI_CHECK(code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW);
}

void Execute(sqlite3* handle, const std::string& sql) {
    Must(handle, sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr));
}

sqlite3_stmt* Prepare(sqlite3* handle, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    Must(handle, sqlite3_prepare_v3(handle, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                    nullptr));
    return statement;
}

}  // namespace

struct PlainPipeline::Impl {
    sqlite3* db = nullptr;
    std::vector<Table> tables;
    std::unordered_map<std::string, std::int64_t> ids;  // of events, by their remote ids
    simdjson::ondemand::parser parser;
    std::size_t touched = 0;

    // Every table, index and virtual table as the store has it.
    void CopySchema(sqlite3* store) {
        sqlite3_stmt* all = Prepare(
            store,
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND "
            "name NOT LIKE 'event_texts_%' ORDER BY rowid");
        while (sqlite3_step(all) == SQLITE_ROW)
            Execute(db, reinterpret_cast<const char*>(sqlite3_column_text(all, 0)));
        sqlite3_finalize(all);
    }

    // Calendars and accounts, which events refer to, are there before.
    void CopyParents(sqlite3* store) {
        for (const char* name : {"accounts", "calendars"}) {
            Table table{.name = name, .event = "id", .columns = "*", .rows = {}};
            Learn(store, table);
            for (const auto& [id, rows] : table.rows)
                for (const Row& row : rows) Write(table, row);
            sqlite3_finalize(table.insert);
            Forget(table);
        }
    }

    void Learn(sqlite3* store, Table& table) {
        sqlite3_stmt* all = Prepare(store, std::string("SELECT ") + table.event + "," +
                                               table.columns + " FROM " + table.name);
        const int count = sqlite3_column_count(all);
        while (sqlite3_step(all) == SQLITE_ROW) {
            Row row;
            for (int i = 1; i < count; ++i)
                row.push_back(sqlite3_value_dup(sqlite3_column_value(all, i)));
            table.rows[sqlite3_column_int64(all, 0)].push_back(std::move(row));
        }
        sqlite3_finalize(all);
        std::string marks = "?";
        for (int i = 2; i < count; ++i) marks += ",?";
        const std::string into =
            std::strcmp(table.columns, "*") == 0 ? "" : "(" + std::string(table.columns) + ")";
        table.insert = Prepare(
            db, std::string("INSERT INTO ") + table.name + into + " VALUES (" + marks + ")");
    }

    void Write(Table& table, const Row& row) {
        for (std::size_t i = 0; i < row.size(); ++i)
            sqlite3_bind_value(table.insert, static_cast<int>(i) + 1, row[i]);
        Must(db, sqlite3_step(table.insert));
        sqlite3_reset(table.insert);
    }

    // In the order of their first columns, which are numbers and which FTS5 wants in order.
    void WriteRowsOf(const std::vector<std::int64_t>& events, Table& table) {
        std::vector<const Row*> rows;
        for (const std::int64_t event : events)
            if (const auto found = table.rows.find(event); found != table.rows.end())
                for (const Row& row : found->second) rows.push_back(&row);
        std::stable_sort(rows.begin(), rows.end(), [](const Row* one, const Row* other) {
            return sqlite3_value_int64(one->front()) < sqlite3_value_int64(other->front());
        });
        for (const Row* row : rows) Write(table, *row);
    }

    static void Forget(Table& table) {
        for (auto& [id, rows] : table.rows)
            for (Row& row : rows)
                for (sqlite3_value* value : row) sqlite3_value_free(value);
        table.rows.clear();
    }

    // Looks at each member, as a pipeline must that keeps them.
    void Touch(simdjson::ondemand::object item, std::string_view& id) {
        for (auto field : item) {
            const std::string_view key = field.unescaped_key();
            simdjson::ondemand::value value = field.value();
            if (key == "id") {
                id = value.get_string();
            } else if (value.type() == simdjson::ondemand::json_type::string) {
                const std::string_view text = value.get_string();
                touched += text.size();
            } else {
                const std::string_view text = simdjson::to_json_string(value);
                touched += text.size();
            }
        }
    }
};

PlainPipeline::PlainPipeline(sqlite3* store, const std::string& path)
    : impl_(std::make_unique<Impl>()) {
    Must(impl_->db,
         sqlite3_open_v2(path.c_str(), &impl_->db,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                         "unix-excl"));
    Execute(impl_->db,
            "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY;");
    impl_->CopySchema(store);
    impl_->CopyParents(store);
    impl_->tables = {
        {.name = "events", .event = "id", .columns = "*", .rows = {}},
        {.name = "event_texts",
         .event = "rowid&68719476735",
         .columns = "rowid,title,description,location,people",
         .rows = {}},
        {.name = "journal", .event = "event_id", .columns = "*", .rows = {}},
        {.name = "occurrences", .event = "event_id", .columns = "*", .rows = {}},
        {.name = "expanded_events", .event = "event_id", .columns = "*", .rows = {}},
    };
    for (Table& table : impl_->tables) impl_->Learn(store, table);
    sqlite3_stmt* all = Prepare(store, "SELECT remote_id,id FROM events");
    while (sqlite3_step(all) == SQLITE_ROW)
        impl_->ids[reinterpret_cast<const char*>(sqlite3_column_text(all, 0))] =
            sqlite3_column_int64(all, 1);
    sqlite3_finalize(all);
}

PlainPipeline::~PlainPipeline() {
    for (Table& table : impl_->tables) {
        sqlite3_finalize(table.insert);
        Impl::Forget(table);
    }
    sqlite3_close(impl_->db);
}

std::size_t PlainPipeline::Take(const std::string& gzip) {
    const simdjson::padded_string body(Gunzip(gzip));
    simdjson::ondemand::document page = impl_->parser.iterate(body);
    std::vector<std::int64_t> events;
    for (auto item : page["items"].get_array()) {
        std::string_view id;
        impl_->Touch(item.get_object(), id);
        if (const auto found = impl_->ids.find(std::string(id)); found != impl_->ids.end())
            events.push_back(found->second);
    }
    Execute(impl_->db, "BEGIN IMMEDIATE");
    for (Table& table : impl_->tables) impl_->WriteRowsOf(events, table);
    Execute(impl_->db, "COMMIT");
    return events.size();
}

std::string Gunzip(const std::string& gzip) {
    z_stream stream{};
    KAMILI_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
    stream.avail_in = static_cast<uInt>(gzip.size());
    std::string out;
    std::string part(1 << 16, '\0');
    int code = Z_OK;
    while (code == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(part.data());
        stream.avail_out = static_cast<uInt>(part.size());
        code = inflate(&stream, Z_NO_FLUSH);
        out.append(part, 0, part.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    KAMILI_CHECK(code == Z_STREAM_END);
    return out;
}

}  // namespace kamili::testing
