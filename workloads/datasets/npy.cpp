// The .npy format of NumPy (NEP 1): "\x93NUMPY", version, length of the header, a Python dictionary of `descr`,
// `fortran_order` and `shape`, then the elements.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "models/arithmetic/error.hpp"
#include "workloads/datasets/data_file.hpp"
#include "workloads/datasets/table.hpp"

namespace ulpsim::workloads {
namespace {

struct Header {
    char order = '|', kind = 0;  // of `descr`: < > | or =, and f, i, u or b
    std::uint64_t bytes = 0;     // of an element
    bool column_major = false;
    std::vector<std::uint64_t> shape;
};

std::string header_text(DataFile& file) {
    std::array<std::uint8_t, 8> start{};
    file.read_all(start.data(), start.size(), "its magic number");
    if (std::memcmp(start.data(), "\x93NUMPY", 6) != 0) file.fail("is no NPY file (its magic number is wrong)");
    if (start[6] < 1 || start[6] > 3) file.fail("is of NPY version " + std::to_string(start[6]) + "; allowed: 1 to 3");
    std::array<std::uint8_t, 4> length{};
    file.read_all(length.data(), start[6] == 1 ? 2 : 4, "the length of its header");
    const std::uint64_t bytes = length[0] | length[1] << 8U | length[2] << 16U | std::uint64_t{length[3]} << 24U;
    if (bytes > 65536) file.fail("has a header of " + std::to_string(bytes) + " bytes; allowed: up to 65536");
    std::string text(bytes, ' ');
    file.read_all(reinterpret_cast<std::uint8_t*>(text.data()), bytes, "its header");
    return text;
}

/// What stands behind a key of the header's dictionary.
std::string_view behind(const DataFile& file, std::string_view text, const std::string& key) {
    const std::size_t at = text.find("'" + key + "'");
    const std::size_t colon = at == std::string_view::npos ? at : text.find(':', at);
    if (colon == std::string_view::npos) file.fail("has no '" + key + "' in its header");
    const std::size_t first = text.find_first_not_of(' ', colon + 1);
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

void read_shape(const DataFile& file, std::string_view text, Header& header) {
    const std::size_t end = text.find(')');
    if (text.empty() || text.front() != '(' || end == std::string_view::npos) file.fail("has a damaged shape");
    constexpr std::uint64_t largest = std::uint64_t{1} << 31;
    std::uint64_t total = 1;
    for (std::size_t at = 1; at < end;) {
        const std::size_t digit = text.find_first_of("0123456789", at);
        if (digit >= end) break;
        std::uint64_t size = 0;
        const auto [stop, error] = std::from_chars(text.data() + digit, text.data() + end, size);
        if (error != std::errc{} || size > largest || (total *= size) > largest)
            file.fail("declares more than " + std::to_string(largest) + " elements");
        header.shape.push_back(size);
        at = static_cast<std::size_t>(stop - text.data());
    }
}

Header read_header(DataFile& file) {
    const std::string text = header_text(file);
    Header header;
    const std::string_view descr = behind(file, text, "descr");
    const std::size_t quote = descr.find('\'', 1);
    if (descr.empty() || descr.front() != '\'' || quote < 4 || quote > 5)
        file.fail("has elements that are no plain numbers");
    header.order = descr[1];
    header.kind = descr[2];
    header.bytes = static_cast<std::uint64_t>(descr[3] - '0');
    const bool real = header.kind == 'f' && (header.bytes == 4 || header.bytes == 8);
    const bool whole =
        (header.kind == 'i' || header.kind == 'u') && std::has_single_bit(header.bytes) && header.bytes <= 8;
    const bool truth = header.kind == 'b' && header.bytes == 1;
    if (quote != 4 || !(real || whole || truth) ||
        std::string_view("<>|=").find(header.order) == std::string_view::npos)
        file.fail("has elements of type " + std::string(descr.substr(0, quote + 1)) +
                  "; allowed: f4, f8, i1 to i8, u1 to u8, b1");
    header.column_major = behind(file, text, "fortran_order").starts_with("True");
    read_shape(file, behind(file, text, "shape"), header);
    return header;
}

double value_of(const Header& header, const std::uint8_t* bytes) {
    std::uint64_t code = 0;
    for (std::uint64_t i = 0; i < header.bytes; ++i) {
        const std::uint64_t place = header.order == '>' ? header.bytes - 1 - i : i;
        code |= std::uint64_t{bytes[i]} << (8 * place);
    }
    if (header.kind == 'f')
        return header.bytes == 4 ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(code)))
                                 : std::bit_cast<double>(code);
    if (header.kind != 'i') return static_cast<double>(code);
    const unsigned unused = static_cast<unsigned>(64 - 8 * header.bytes);
    return static_cast<double>(static_cast<std::int64_t>(code << unused) >> unused);
}

/// From column-major to row-major order.
std::vector<double> transposed(const std::vector<double>& values, const std::vector<std::uint64_t>& shape) {
    std::vector<double> result(values.size());
    std::vector<std::uint64_t> index(shape.size());
    for (double& value : result) {
        std::uint64_t from = 0;
        for (std::size_t d = shape.size(); d-- > 0;) from = from * shape[d] + index[d];
        value = values[from];
        for (std::size_t d = shape.size(); d-- > 0;) {
            if (++index[d] < shape[d]) break;
            index[d] = 0;
        }
    }
    return result;
}

}  // namespace

Npy read_npy(const std::filesystem::path& path) {
    DataFile file(path);
    const Header header = read_header(file);
    Npy array{.shape = header.shape, .values = {}};
    std::uint64_t count = 1;
    for (const std::uint64_t size : header.shape) count *= size;
    // In pieces, so that a damaged shape does not ask for more memory than there are data.
    constexpr std::uint64_t piece = std::uint64_t{1} << 20;
    std::vector<std::uint8_t> bytes(std::min(piece, std::max<std::uint64_t>(count, 1)) * header.bytes);
    while (array.values.size() < count) {
        const std::uint64_t some = std::min(piece, count - array.values.size());
        file.read_all(bytes.data(), some * header.bytes, "its data");
        for (std::uint64_t i = 0; i < some; ++i)
            array.values.push_back(value_of(header, bytes.data() + i * header.bytes));
    }
    std::uint8_t beyond = 0;
    if (file.read(&beyond, 1) != 0) file.fail("has more data than its shape says");
    if (header.column_major && header.shape.size() > 1) array.values = transposed(array.values, header.shape);
    return array;
}

Table read_npy_pair(const std::filesystem::path& samples, const std::filesystem::path& labels) {
    const Npy x = read_npy(samples), y = read_npy(labels);
    if (x.shape.empty() || x.values.empty())
        throw DataError(samples.string() + " holds no samples; allowed: an array of samples x features");
    if (y.values.size() != x.shape[0])
        throw DataError(labels.string() + " holds " + std::to_string(y.values.size()) + " labels for the " +
                        std::to_string(x.shape[0]) + " samples of " + samples.string());
    const auto finite = [](const Npy& array, const std::filesystem::path& file) {
        const auto wrong = std::ranges::find_if(array.values, [](double value) { return !std::isfinite(value); });
        if (wrong != array.values.end())
            throw DataError(file.string() + " holds an infinity or NaN at element " +
                            std::to_string(wrong - array.values.begin()));
    };
    finite(x, samples);
    finite(y, labels);
    Table table{.features = x.values.size() / x.shape[0], .values = {}, .labels = y.values};
    table.values.reserve(x.values.size());
    for (const double value : x.values) table.values.push_back(static_cast<float>(value));
    return table;
}

}  // namespace ulpsim::workloads
