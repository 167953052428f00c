#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/web.h"

namespace kamili::simulator {

// "$select=a,b" and "$expand=x($select=c;...),y" of one item.
struct GraphSelection {
    std::vector<std::string> select;  // empty: everything
    std::vector<std::string> expand;
    std::vector<std::string> expand_select;  // of exceptionOccurrences

    bool Selects(const std::string& name) const;
    bool Expands(const std::string& name) const;
};

// Nothing, and `unknown` set, if a property is named that v1.0 does not have.
std::optional<GraphSelection> ReadSelection(const Query& query, std::string& unknown);
// The selected members; annotations and the id always stay.
Json Selected(const Json& item, const std::vector<std::string>& select);

}  // namespace kamili::simulator
