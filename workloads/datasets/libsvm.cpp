#include <charconv>

#include "workloads/datasets/table.hpp"
#include "workloads/datasets/text_lines.hpp"

namespace ulpsim::workloads {
namespace {

/// The next word of a line, which is taken off its front; empty at its end.
std::string_view next_word(std::string_view& rest) {
    rest = trimmed(rest);
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

/// The index in front of the colon, from 1; 0 when there is none.
std::uint64_t index_of(std::string_view word, std::size_t colon) {
    std::uint64_t index = 0;
    const char* end = word.data() + std::min(colon, word.size());
    const auto [stop, error] = std::from_chars(word.data(), end, index);
    return colon != std::string_view::npos && error == std::errc{} && stop == end ? index : 0;
}

}  // namespace

Table read_libsvm(const std::filesystem::path& file, std::uint64_t features) {
    TextLines lines(file);
    Table table{.features = features, .values = {}, .labels = {}};
    while (lines.next()) {
        std::string_view rest = lines.line().substr(0, lines.line().find('#'));
        const std::string_view label = next_word(rest);
        if (label.empty()) continue;
        table.labels.push_back(lines.number(label, "the label"));
        const std::size_t row = table.values.size();
        table.values.resize(row + features);
        std::uint64_t last = 0;
        for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
            const std::size_t colon = word.find(':');
            const std::uint64_t index = index_of(word, colon);
            if (index <= last || index > features)
                lines.fail("'" + std::string(word.substr(0, 40)) +
                           "' is no INDEX:VALUE; allowed: indices ascending from " + std::to_string(last + 1) + " to " +
                           std::to_string(features));
            table.values[row + index - 1] =
                static_cast<float>(lines.number(word.substr(colon + 1), "feature " + std::to_string(index)));
            last = index;
        }
    }
    if (table.labels.empty()) lines.fail("the file ends without a sample");
    return table;
}

}  // namespace ulpsim::workloads
