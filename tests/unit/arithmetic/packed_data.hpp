#pragma once
// Packed matrices for the tests of the operations: random bit patterns with the adversarial ones mixed in.
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "models/arithmetic/kernels/dispatch.hpp"
#include "models/arithmetic/packing.hpp"

namespace ulpsim::arithmetic::testing {

struct Packed {
    Format format;
    std::uint64_t rows, columns;
    std::vector<std::uint8_t> bytes;

    Packed(const Format& f, std::uint64_t r, std::uint64_t c)
        : format(f), rows(r), columns(c), bytes(packed_bytes(f, r, c) + 1) {}
    Matrix view() { return dense(format, bytes.data(), rows, columns); }
    ConstMatrix view() const { return dense(format, bytes.data(), rows, columns); }
    std::vector<double> row(std::uint64_t r, std::uint64_t term = 0) const {
        std::vector<double> values(columns);
        const ConstMatrix m = view();
        for (std::uint64_t j = 0; j < columns; ++j)
            unpack(format.element(), m.bytes + r * m.pitch + term * m.plane, j, 1, &values[j]);
        return values;
    }
    double at(std::uint64_t r, std::uint64_t c) const { return row(r)[c]; }
    friend bool operator==(const Packed&, const Packed&) = default;
};

enum class Data {
    small,       ///< values of a few binades around 1: sums meet ties and cancel
    any_finite,  ///< every finite code alike: subnormals, overflow
    any          ///< every code, NaN and infinities included
};

inline double draw_value(const Format& format, Data data, std::mt19937_64& random) {
    const Format f = format.element();
    for (;;) {
        double value = 0;
        if (data == Data::small) {
            const int exponent = static_cast<int>(random() % 7) - 4;
            const double significand = 1 + static_cast<double>(random() >> 11) * 0x1p-53;
            value = std::ldexp(random() % 2 != 0 ? significand : -significand, exponent);
            if (random() % 8 == 0) value = random() % 2 != 0 ? 0.0 : -0.0;
            value = round_to(f, rne, value);
        } else {
            const std::uint64_t mask = f.width() == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << f.width()) - 1;
            value = decode(f, random() & mask);
            if (data == Data::any && random() % 16 != 0 && !std::isfinite(value)) continue;
        }
        if (data == Data::any || std::isfinite(value)) return value;
    }
}

inline Packed random_matrix(const Format& format, std::uint64_t rows, std::uint64_t columns, Data data,
                            std::mt19937_64& random) {
    Packed matrix(format, rows, columns);
    const Matrix m = matrix.view();
    for (std::uint64_t i = 0; i < rows; ++i) {
        for (std::uint64_t j = 0; j < columns; ++j) {
            double value = draw_value(format, data, random);
            for (std::uint64_t t = 0; t < format.terms; ++t) {
                pack(format.element(), &value, j, 1, m.bytes + i * m.pitch + t * m.plane);
                if (format.is_expansion()) value = round_to(format.element(), rne, value * 0x1p-9);
                if (!std::isfinite(value)) value = 0;
            }
        }
    }
    return matrix;
}

/// Runs a test body at every level that the CPU has.
template <class Body>
void at_every_level(Body body) {
    using kernels::Level;
    for (const Level level : {Level::plain, Level::avx2, Level::avx512}) {
        kernels::cap_level(level);
        if (kernels::level() != level) continue;
        body(static_cast<int>(level));
    }
    kernels::cap_level(Level::avx512);
}

}  // namespace ulpsim::arithmetic::testing
