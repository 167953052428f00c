#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sync/provider.h"

namespace kamili::sync::graph {

// What each item of a delta page asks for: single events are stored from it, series are fetched
// whole, a tombstone is checked because an event that left the window looks the same. Stubs are
// never stored.
class PageReader {
  public:
    PageReader(const model::Account& account, ChangePage& page) : account_(account), page_(page) {}

    void Add(const nlohmann::json& item);
    // The ids of the items so far, for the loop guard.
    const std::vector<std::string>& ids() const { return ids_; }
    // Were there items that cannot be named?
    bool has_gaps() const { return gaps_; }

  private:
    void AddRemoved(const std::string& id);
    void AddSingle(const std::string& id, const nlohmann::json& item);
    void Fetch(const std::string& id, bool only_if_stored);

    const model::Account& account_;
    ChangePage& page_;
    std::vector<std::string> ids_;
    bool gaps_ = false;
    std::map<std::string, std::size_t> fetches_;  // where in the page's fetches
    std::map<std::string, std::size_t> singles_;  // where in the page's changes
};

}  // namespace kamili::sync::graph
