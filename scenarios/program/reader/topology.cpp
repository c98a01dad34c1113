#include "scenarios/program/reader/topology.hpp"

#include <charconv>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

constexpr std::uint64_t largest = 65536;

/// A line of the file, for errors.
struct Place {
    const std::string& file;
    std::size_t line;
    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(file + ":" + std::to_string(line) + ": " + what);
    }
};

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    for (std::size_t start = 0; start <= line.size();) {
        const std::size_t end = std::min(line.find(',', start), line.size());
        fields.push_back(trimmed(line.substr(start, end - start)));
        start = end + 1;
    }
    if (fields.back().empty()) fields.pop_back();  // behind the comma at the end
    return fields;
}

std::uint64_t whole(const std::string& text, const char* what, const Place& place) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > largest)
        place.refuse(std::string(what) + " is " + (text.empty() ? "empty" : text) + "; allowed: 1 to 65536");
    return value;
}

TopologyLayer product(const std::vector<std::string>& fields, const Place& place) {
    return {fields[0], whole(fields[1], "m", place), whole(fields[2], "n", place), whole(fields[3], "k", place)};
}

void convolution(const std::vector<std::string>& fields, const Place& place, std::vector<TopologyLayer>& layers) {
    static constexpr const char* heads[] = {
        "the input's height", "the input's width", "the filter's height", "the filter's width",
        "channels",           "filters",           "the stride",          "the stride of the width"};
    std::vector<std::uint64_t> values;
    for (std::size_t i = 1; i < fields.size(); ++i) values.push_back(whole(fields[i], heads[i - 1], place));
    if (values.size() == 7) values.push_back(values.back());
    if (values[2] > values[0] || values[3] > values[1])
        place.refuse("the filter is larger than the input; allowed: at most as large");
    const std::uint64_t rows = (values[0] - values[2]) / values[6] + 1,
                        columns = (values[1] - values[3]) / values[7] + 1;
    const std::uint64_t m = rows * columns, k = values[2] * values[3] * values[4], filters = values[5];
    if (m > largest || k > largest)
        place.refuse("the product is " + std::to_string(m) + " x " + std::to_string(k) + " x " +
                     std::to_string(filters) + "; allowed: 1 to 65536 each");
    if (fields[0].find("DP") == std::string::npos) {
        layers.push_back({fields[0], m, filters, k});
        return;
    }
    for (std::uint64_t channel = 0; channel < filters; ++channel) {
        layers.push_back({fields[0] + "Channel_" + std::to_string(channel), m, 1, k});
    }
}

}  // namespace

std::vector<TopologyLayer> parse_topology(const std::string& text, const std::string& file) {
    std::vector<TopologyLayer> layers;
    std::size_t number = 0;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string line = trimmed(text.substr(start, end - start));
        start = end + 1;
        const Place place{file, ++number};
        if (number == 1 || line.empty()) continue;  // the first line has the heads
        const std::vector<std::string> fields = fields_of(line);
        if (fields.size() == 4) {
            layers.push_back(product(fields, place));
        } else if (fields.size() == 8 || fields.size() == 9) {
            convolution(fields, place, layers);
        } else {
            place.refuse("has " + std::to_string(fields.size()) +
                         " fields; allowed: 8 or 9 of a convolution, or 4 of a product (name, m, n, k)");
        }
    }
    if (layers.empty()) throw Error(file + ": has no layer; allowed: a line of heads, then a layer a line");
    return layers;
}

std::vector<TopologyLayer> read_topology(const std::filesystem::path& file) {
    if (!std::filesystem::is_regular_file(file))
        throw DataError(file.string() + " is no file; allowed: a topology CSV");
    return parse_topology(read_file(file), file.string());
}

}  // namespace ulpsim::program
