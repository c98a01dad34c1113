#include "scenarios/program/report/text_table.hpp"

#include <algorithm>

namespace ulpsim::program {

std::string TextTable::text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
        for (std::size_t i = 0; row.size() > 1 && i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line = row.size() == 1 ? row.front() : "";
        for (std::size_t i = 0; row.size() > 1 && i < row.size(); ++i) {
            const std::string space(widths[i] - row[i].size(), ' ');
            line += (i == 0 ? "  " : "   ") + (i >= first_right_ ? space + row[i] : row[i] + space);
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

}  // namespace ulpsim::program
