#include <algorithm>
#include <array>

#include "workloads/datasets/data_file.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

std::uint64_t big_endian(const std::array<std::uint8_t, 4>& bytes) {
    return std::uint64_t{bytes[0]} << 24 | std::uint64_t{bytes[1]} << 16 | std::uint64_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

Idx read_idx(const std::filesystem::path& file) {
    DataFile reader(file);
    std::array<std::uint8_t, 4> word{};
    reader.read_all(word.data(), word.size(), "its magic number");
    // Two zero bytes, the type (0x08: unsigned bytes), the number of dimensions.
    if (word[0] != 0 || word[1] != 0 || word[2] != 0x08 || word[3] < 1 || word[3] > 4)
        reader.fail("is no IDX file of unsigned bytes (its magic number is wrong)");
    Idx idx;
    idx.sizes.resize(word[3]);
    std::uint64_t total = 1;
    constexpr std::uint64_t largest = std::uint64_t{1} << 32;
    for (std::uint64_t& size : idx.sizes) {
        reader.read_all(word.data(), word.size(), "its sizes");
        size = big_endian(word);
        total *= size;
        if (total > largest) reader.fail("declares more than 4 GiB");
    }
    // In pieces, so that a damaged size does not ask for more memory than there are data: deflate shrinks at most 1032
    // times.
    idx.bytes.reserve(std::min(total, 1032 * std::filesystem::file_size(file)));
    constexpr std::uint64_t piece = std::uint64_t{1} << 24;
    while (idx.bytes.size() < total) {
        const std::size_t have = idx.bytes.size();
        const auto wanted = static_cast<std::size_t>(std::min(piece, total - have));
        idx.bytes.resize(have + wanted);
        reader.read_all(idx.bytes.data() + have, wanted, "its data");
    }
    // One byte more: nothing may follow, and zlib compares the checksum only at the end of its stream.
    std::uint8_t beyond = 0;
    if (reader.read(&beyond, 1) != 0) reader.fail("has more data than its sizes say");
    return idx;
}

}  // namespace ulpsim::workloads
