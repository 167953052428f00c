#include "ctl/table.h"

#include <algorithm>

#include "ctl/display_text.h"

namespace kamili::ctl {
namespace {

constexpr std::size_t kLastColumnsMin = 24;
constexpr std::size_t kContinuationIndent = 3;

std::vector<std::size_t> Widths(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths;
    for (const Row& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], Columns(row[i].text));
    }
    return widths;
}

std::string PaintCell(const Cell& cell, const std::string& text, const Look& look) {
    if (!cell.color.empty()) return PaintLike(look, cell.color, text);
    return cell.ink ? Paint(look, *cell.ink, text) : text;
}

std::string PlainRow(const Row& row) {
    std::string line;
    for (const Cell& cell : row) {
        if (cell.text.empty()) continue;
        line += (line.empty() ? "" : ", ") + cell.text;
    }
    return line + "\n";
}

// What is right of the last cell with text would only be spaces.
std::size_t UsedCells(const Row& row) {
    std::size_t used = row.size();
    while (used > 0 && row[used - 1].text.empty()) --used;
    return used;
}

// A last cell that would lose most of its words goes to a line of its own.
bool NeedsOwnLine(const Look& look, std::size_t column, std::size_t columns) {
    return look.columns > 0 && column > look.columns / 2 &&
           column + std::min(columns, kLastColumnsMin) > look.columns;
}

std::string AlignedRow(const Row& row, const std::vector<std::size_t>& widths, std::size_t indent,
                       const Look& look) {
    std::string line(indent, ' ');
    std::size_t column = indent;
    const std::size_t used = UsedCells(row);
    for (std::size_t i = 0; i < used; ++i) {
        std::string text = row[i].text;
        const bool last = i + 1 == used;
        // On a very narrow terminal the columns to the right are lost, but for the last one's
        // words.
        if (!last && look.columns > 0 && column >= look.columns) continue;
        if (last && i > 0 && NeedsOwnLine(look, column, Columns(text))) {
            while (line.ends_with(' ')) line.pop_back();
            column = indent + kContinuationIndent;
            line += "\n" + std::string(column, ' ');
        }
        const std::size_t gap = widths[i] > Columns(text) ? widths[i] - Columns(text) : 0;
        const std::size_t start = column + (row[i].right ? gap : 0);
        if (look.columns > 0 && start + Columns(text) > look.columns)
            text = Cut(text, look.columns > start ? look.columns - start : 0, look.ellipsis());
        if (row[i].right) line.append(gap, ' ');
        if (!text.empty()) line += PaintCell(row[i], text, look);
        column += widths[i] + 2;
        if (last) break;
        if (!row[i].right) line.append(gap, ' ');
        line += "  ";
    }
    while (line.ends_with(' ')) line.pop_back();
    return line + "\n";
}

}  // namespace

std::string RenderTable(const std::vector<Row>& rows, std::size_t indent, const Look& look) {
    const auto widths = Widths(rows);
    std::string text;
    for (const Row& row : rows)
        text += look.plain ? PlainRow(row) : AlignedRow(row, widths, indent, look);
    return text;
}

}  // namespace kamili::ctl
