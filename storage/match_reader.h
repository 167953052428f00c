#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/connection.h"
#include "storage/events.h"
#include "storage/search_key.h"

namespace kamili::storage {

// The matches of a search in the order asked for, of which only those around the moment are read
// (docs/decisions/0073-search-by-time.md). For one question, on its view.
class MatchReader {
  public:
    // `query` is what FTS5 is asked; `calendars` are those that count, sorted.
    MatchReader(const ReadView& view, const SearchQuestion& question, std::string query,
                std::vector<std::int64_t> calendars)
        : view_(view),
          question_(question),
          query_(std::move(query)),
          calendars_(std::move(calendars)) {}

    Status Run();
    // After Run(): the first ones that are wanted.
    std::vector<model::EventId> Take();

  private:
    // The smaller the earlier in the answer; what is equally near begins with what began last.
    struct Match {
        std::int64_t distance = 0;
        std::int64_t begun = 0;
        std::int64_t id = 0;

        friend bool operator<(const Match& a, const Match& b) {
            return std::tuple(a.distance, -a.begun, a.id) < std::tuple(b.distance, -b.begun, b.id);
        }
    };

    bool IsNewest() const { return question_.order == SearchOrder::kNewest; }
    Result<bool> AreFew();
    Status ReadRanked();
    // True when what was read is enough.
    Result<bool> ReadAroundNow();
    Result<bool> ReadFromTheEnd();

    Status Read(std::int64_t since, std::int64_t until);
    Status ReadClass(int search_class, std::int64_t since, std::int64_t until);
    Status CollectLongOnes(const SearchKeys& keys);
    Status Collect(const SearchKeys& keys);
    Status Collect(Statement& statement);
    std::optional<Match> MatchOf(Statement& statement) const;
    std::int64_t DistanceOf(std::int64_t from, std::int64_t to) const;
    bool IsFirstOfAll(const Match& match) const;
    std::size_t CountWithin(std::int64_t distance) const;
    std::int64_t NextReach(std::int64_t reach) const;

    const ReadView& view_;
    const SearchQuestion& question_;
    const std::string query_;
    const std::vector<std::int64_t> calendars_;
    // What was read of each class.
    std::array<std::optional<SearchKeys>, kSearchClasses> read_;
    // Set when there are as many as are wanted than which none is nearer (or newer), which all
    // began at this time or later.
    std::optional<std::int64_t> last_begin_;
    std::vector<Match> matches_;
};

}  // namespace kamili::storage
