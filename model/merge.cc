#include "model/merge.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace kamili::model {
namespace {

using Places = std::vector<std::size_t>;

// Whose account knows best: one where the user has a say in the meeting.
int Standing(Response response) {
    switch (response) {
        case Response::kOrganizer:
            return 0;
        case Response::kAccepted:
        case Response::kTentative:
        case Response::kDeclined:
            return 1;
        case Response::kNone:
        case Response::kNeedsAction:
            return 2;
    }
    return 2;
}

class Merger {
  public:
    explicit Merger(std::span<const Sighting> all) : all_(all) {}

    std::vector<Meeting> Run() {
        out_.reserve(all_.size());
        if (AreOfOneAccount()) {
            for (std::size_t i = 0; i < all_.size(); ++i)
                out_.push_back({.chosen = i, .others = {}});
            return std::move(out_);
        }
        Places places(all_.size());
        std::iota(places.begin(), places.end(), std::size_t{0});
        // By time first: it is the cheapest to compare and tells most apart.
        std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
            return std::tuple(KeyOf(a), all_[a].account, all_[a].event) <
                   std::tuple(KeyOf(b), all_[b].account, all_[b].event);
        });
        for (auto begin = places.begin(); begin != places.end();) {
            const auto end = std::find_if(begin, places.end(), [&](std::size_t place) {
                return KeyOf(place) != KeyOf(*begin);
            });
            AddRun({begin, end});
            begin = end;
        }
        return std::move(out_);
    }

  private:
    using Key = std::tuple<std::int64_t, bool, std::string_view>;
    Key KeyOf(std::size_t place) const {
        const Sighting& one = all_[place];
        return {one.original_ms, one.all_day, one.uid};
    }

    bool AreOfOneAccount() const {
        return std::all_of(all_.begin(), all_.end(), [&](const Sighting& one) {
            return one.account == all_.front().account;
        });
    }

    // Sightings with the same key, by account. Within one account the same UID in two calendars
    // stays two rows: the n-th of each account meet.
    void AddRun(std::span<const std::size_t> run) {
        if (run.size() == 1 || all_[run.front()].uid.empty()) {
            for (const std::size_t place : run) out_.push_back({.chosen = place, .others = {}});
            return;
        }
        std::vector<Places> groups;
        std::map<AccountId, std::size_t> seen;
        for (const std::size_t place : run) {
            const std::size_t row = seen[all_[place].account]++;
            if (row == groups.size()) groups.emplace_back();
            groups[row].push_back(place);
        }
        for (Places& group : groups) AddGroup(std::move(group));
    }

    void AddGroup(Places group) {
        const auto best =
            std::min_element(group.begin(), group.end(), [&](std::size_t a, std::size_t b) {
                return std::tuple(Standing(all_[a].response), all_[a].account, all_[a].event) <
                       std::tuple(Standing(all_[b].response), all_[b].account, all_[b].event);
            });
        const std::size_t chosen = *best;
        group.erase(best);
        out_.push_back({.chosen = chosen, .others = std::move(group)});
    }

    std::span<const Sighting> all_;
    std::vector<Meeting> out_;
};

}  // namespace

std::vector<Meeting> MergeSightings(std::span<const Sighting> sightings) {
    return Merger(sightings).Run();
}

}  // namespace kamili::model
