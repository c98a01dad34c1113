#include <algorithm>
#include <charconv>

#include "workloads/datasets/table.hpp"
#include "workloads/datasets/text_lines.hpp"

namespace ulpsim::workloads {
namespace {

using Cells = std::vector<std::string_view>;

char separator_of(std::string_view line) {
    const std::size_t first = line.find_first_of(",;\t");
    return first == std::string_view::npos ? ',' : line[first];
}

void split(std::string_view line, char separator, Cells& cells) {
    cells.clear();
    for (std::size_t from = 0; from <= line.size();) {
        const std::size_t end = std::min(line.find(separator, from), line.size());
        std::string_view cell = trimmed(line.substr(from, end - from));
        if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
        cells.push_back(cell);
        from = end + 1;
    }
}

/// The column of the label in a file of these names, or of so many columns without names.
std::size_t label_column(const TextLines& lines, const Cells& first, bool header, const std::string& label) {
    if (label == "last") return first.size() - 1;
    if (header) {
        const auto named = std::find(first.begin(), first.end(), label);
        if (named != first.end()) return static_cast<std::size_t>(named - first.begin());
    }
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), index);
    const bool whole = error == std::errc{} && end == label.data() + label.size();
    if (!whole || index < 1 || index > first.size())
        lines.fail("there is no column " + label + "; allowed as label: last, 1 to " + std::to_string(first.size()) +
                   (header ? " or a name in this line" : ""));
    return index - 1;
}

}  // namespace

Table read_csv(const std::filesystem::path& file, bool header, const std::string& label) {
    TextLines lines(file);
    Table table;
    Cells cells;
    std::size_t columns = 0, label_at = 0;
    char separator = ',';
    while (lines.next()) {
        if (trimmed(lines.line()).empty()) continue;
        const bool first = columns == 0;
        if (first) separator = separator_of(lines.line());
        split(lines.line(), separator, cells);
        if (first) {
            columns = cells.size();
            label_at = label_column(lines, cells, header, label);
            if (columns < 2) lines.fail("it has one column; allowed: 2 or more, one of them the label");
            table.features = columns - 1;
            if (header) continue;
        }
        if (cells.size() != columns)
            lines.fail("it has " + std::to_string(cells.size()) + " columns; allowed: the " + std::to_string(columns) +
                       " of the first line");
        for (std::size_t i = 0; i < columns; ++i) {
            const double value = lines.number(cells[i], "column " + std::to_string(i + 1));
            if (i == label_at)
                table.labels.push_back(value);
            else
                table.values.push_back(static_cast<float>(value));
        }
    }
    if (table.labels.empty()) lines.fail("the file ends without a sample");
    return table;
}

}  // namespace ulpsim::workloads
