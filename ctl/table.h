#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/look.h"

namespace kamili::ctl {

// A cell and how it is painted once its width is known.
struct Cell {
    std::string text;  // cleaned, unpainted
    std::optional<Ink> ink = {};
    std::string color = {};  // "#rrggbb", instead of an ink
    bool right = false;      // aligned to the right
};
using Row = std::vector<Cell>;

// Rows with aligned columns, two spaces between them, after `indent` spaces. The last cell is cut
// to what the terminal leaves, or goes to a line of its own if that is next to nothing. Under
// `plain` cells are joined by ", " instead.
std::string RenderTable(const std::vector<Row>& rows, std::size_t indent, const Look& look);

}  // namespace kamili::ctl
