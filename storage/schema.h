#pragma once

#include "base/result.h"
#include "storage/connection.h"

namespace kamili::storage {

inline constexpr int kSchemaVersion = 6;

// Makes every table of an empty database, in one transaction.
Status CreateSchema(Connection& connection);
// Brings an older schema to the present one, a step at a time, all in one transaction. kStoreNewer
// leaves a newer one untouched.
Status MigrateSchema(Connection& connection);
Result<int> ReadSchemaVersion(Connection& connection);

// For the test of migration: the same with other steps.
struct SchemaStep {
    int to = 0;
    const char* sql = "";
};
Status MigrateWith(Connection& connection, std::span<const SchemaStep> steps, int newest);

}  // namespace kamili::storage
