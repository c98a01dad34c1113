#include "models/arithmetic/store_rounded.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "models/arithmetic/bit_string.hpp"
#include "models/arithmetic/mx_block.hpp"
#include "models/arithmetic/working_rows.hpp"

namespace ulpsim::arithmetic {
namespace {

void write_elements(const Format& element, std::span<const double> values, std::uint64_t first, std::uint8_t* row) {
    const auto width = static_cast<std::uint64_t>(element.width());
    for (std::uint64_t i = 0; i < values.size(); ++i)
        write_bits(row, (first + i) * width, element.width(), encode(element, values[i]));
}

}  // namespace

void store_rounded(const Matrix& out, std::uint64_t row, std::uint64_t first, std::span<const Unrounded> values,
                   Rounding rounding, const Coordinates& coordinates, std::uint64_t k) {
    std::uint8_t* bytes = out.bytes + row * out.pitch;
    std::vector<std::uint32_t> random(values.size());
    std::vector<double> rounded(values.size());
    for (std::uint64_t i = 0; i < values.size(); ++i)
        random[i] = draw(rounding, coordinates.key, coordinates.element(row, first + i), k, Stream::other);
    if (!out.format.is_mx()) {
        for (std::uint64_t i = 0; i < values.size(); ++i)
            rounded[i] = round_to(out.format, rounding, values[i], random[i]);
        return write_elements(out.format, rounded, first, bytes);
    }
    std::uint8_t* block = bytes + column_offset(out.format, first);
    for (std::size_t done = 0; done < values.size();) {
        const std::size_t size = std::min<std::size_t>(out.format.block, values.size() - done);
        const std::span<double> elements(rounded.data() + done, size);
        const std::uint64_t length = block_bytes(out.format, size);
        std::memset(block, 0, length);
        block[0] = quantise_block(out.format, rounding, values.subspan(done, size),
                                  std::span(random).subspan(done, size), elements);
        write_elements(out.format.element(), elements, 0, block + 1);
        block += length;
        done += size;
    }
}

}  // namespace ulpsim::arithmetic
