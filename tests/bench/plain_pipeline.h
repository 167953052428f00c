#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace kamili::testing {

// The floor of a first sync: pages are decompressed, read by the fastest parser there is, and the
// rows that a store would hold of them go straight into a plain SQLite database of the same schema.
// What the rows say was found out before: nothing is computed, compared or encrypted.
class PlainPipeline {
  public:
    // `store` is a database with a first sync in it, whose rows are to be written again; `path`
    // is where.
    PlainPipeline(sqlite3* store, const std::string& path);
    ~PlainPipeline();
    // One page of a listing, compressed. The number of its events.
    std::size_t Take(const std::string& gzip);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The bytes of a gzip body.
std::string Gunzip(const std::string& gzip);

}  // namespace kamili::testing
