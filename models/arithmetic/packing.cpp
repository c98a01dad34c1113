#include "models/arithmetic/packing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/arithmetic/bit_string.hpp"
#include "models/arithmetic/terms.hpp"

namespace ulpsim::arithmetic {

template <class Real>
void unpack(const Format& format, const std::uint8_t* row, std::uint64_t first, std::uint64_t count, Real* values) {
    const int width = format.width();
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t code = read_bits(row, (first + i) * static_cast<std::uint64_t>(width), width);
        values[i] = static_cast<Real>(decode(format, code));
    }
}

template <class Real>
void pack(const Format& format, const Real* values, std::uint64_t first, std::uint64_t count, std::uint8_t* row) {
    const int width = format.width();
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t code = encode(format, static_cast<double>(values[i]));
        write_bits(row, (first + i) * static_cast<std::uint64_t>(width), width, code);
    }
}

template <class Real>
void round_and_pack(const Format& format, Rounding rounding, const Real* values, std::uint64_t first,
                    std::uint64_t count, RandomKey key, std::uint64_t first_element, std::uint8_t* row,
                    std::uint64_t plane) {
    const Format element = format.element();
    std::array<double, 4> terms{};
    constexpr Format value_format = fp64;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint32_t random =
            rounding.is_stochastic() ? random_bits(key, first_element + i, 0, Stream::other, rounding.random_bits) : 0;
        const double value = static_cast<double>(values[i]);
        convert_terms(value_format, {&value, 1}, 1.0, format, rounding, random, terms);
        for (std::uint64_t term = 0; term < format.terms; ++term)
            pack(element, &terms[term], first + i, 1, row + term * plane);
    }
}

void unpack_sum(const ConstMatrix& matrix, std::uint64_t row, double* values) {
    const Format element = matrix.format.element();
    const std::uint8_t* bytes = matrix.bytes + row * matrix.pitch;
    const std::uint64_t last = matrix.format.terms - 1u;
    std::array<double, 64> term_values;
    for (std::uint64_t first = 0; first < matrix.columns; first += term_values.size()) {
        const std::uint64_t count = std::min<std::uint64_t>(term_values.size(), matrix.columns - first);
        unpack(element, bytes + last * matrix.plane, first, count, values + first);
        for (std::uint64_t term = last; term-- > 0;) {
            const double step = std::ldexp(1.0, -matrix.format.term_step);
            unpack(element, bytes + term * matrix.plane, first, count, term_values.data());
            for (std::uint64_t i = 0; i < count; ++i) values[first + i] = term_values[i] + step * values[first + i];
        }
    }
}

template void unpack(const Format&, const std::uint8_t*, std::uint64_t, std::uint64_t, float*);
template void unpack(const Format&, const std::uint8_t*, std::uint64_t, std::uint64_t, double*);
template void pack(const Format&, const float*, std::uint64_t, std::uint64_t, std::uint8_t*);
template void pack(const Format&, const double*, std::uint64_t, std::uint64_t, std::uint8_t*);
template void round_and_pack(const Format&, Rounding, const float*, std::uint64_t, std::uint64_t, RandomKey,
                             std::uint64_t, std::uint8_t*, std::uint64_t);
template void round_and_pack(const Format&, Rounding, const double*, std::uint64_t, std::uint64_t, RandomKey,
                             std::uint64_t, std::uint8_t*, std::uint64_t);

}  // namespace ulpsim::arithmetic
