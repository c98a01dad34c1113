// What roundings did to values, recounted one by one in rational numbers.
#include <gtest/gtest.h>

#include <limits>

#include "models/arithmetic/count_operations.hpp"
#include "tests/unit/arithmetic/oracle.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using test::exponent_of;
using test::Integer;
using test::power_of_two_rational;
using test::Rational;
using test::rational;
using testing::Data;
using testing::Packed;

Rational magnitude(const Rational& x) { return x < 0 ? Rational(-x) : x; }

/// x rounded to a whole number, ties to even.
std::int64_t whole(const Rational& x) {
    if (x < 0) return -whole(-x);
    const Integer below = test::floor_of(x);
    const Rational rest = x - Rational(below);
    const bool up = rest > Rational(1, 2) || (rest == Rational(1, 2) && below % 2 != 0);
    return (up ? Integer(below + 1) : below).convert_to<std::int64_t>();
}

/// The counts by their definition (rounding_counts.hpp), in rational numbers.
struct Recount {
    Format format;
    RoundingCounts counts;

    explicit Recount(const Format& f) : format(f) {
        counts.exponents.assign(f.terms, std::vector<std::uint64_t>(exponent_bins));
    }
    static void bin(std::vector<std::uint64_t>& histogram, const Rational& x) {
        ++histogram[static_cast<std::size_t>(exponent_of(magnitude(x)) + 1074)];
    }
    /// `terms` as they are stored, without their implicit factors. `is_number`: the value before was finite.
    void add(const Rational& exact, bool is_number, const std::vector<double>& terms) {
        const Format element = format.element();
        ++counts.values;
        const bool finite = std::isfinite(terms[0]);
        if (!finite) ++counts.nonfinite;
        if (!is_number) return;
        if (exact == 0) {
            ++counts.zeros;
            return;
        }
        bin(counts.exponents[0], exact);
        const Rational largest = rational(largest_finite(element)), lowest = rational(lowest_finite(element));
        const int largest_place = format.is_twos_complement() ? exponent_of(rational(smallest_positive(element)))
                                                              : exponent_of(largest) - format.mantissa_bits;
        const Rational half_place = power_of_two_rational(largest_place - 1);
        if (!finite || exact > largest + half_place || exact < lowest - half_place) {
            ++counts.overflowed;
            return;
        }
        if (terms[0] == 0) {
            ++counts.underflowed;
            if (!format.subnormals) return;
        } else if (!format.is_twos_complement() &&
                   magnitude(rational(terms[0])) < power_of_two_rational(1 - format.bias)) {
            ++counts.subnormal;
        }
        Rational stored = 0;
        for (std::size_t t = 0; t < terms.size(); ++t)
            stored += rational(terms[t]) * power_of_two_rational(-format.term_step * static_cast<int>(t));
        const int last = format.term_step * (format.terms - 1);
        const int place = std::max(exponent_of(magnitude(exact)) - (format.mantissa_bits + 1) * format.terms + 1,
                                   1 - format.bias - format.mantissa_bits - last);
        const std::int64_t units = whole((stored - exact) * power_of_two_rational(16 - place));
        ++counts.rounded;
        counts.error += units;
        counts.magnitude_error += exact < 0 ? -units : units;
        if (format.terms == 1) return;
        if (stored != exact && std::fabs(terms.back()) < std::ldexp(1.0, 1 - format.bias)) {
            const Rational smallest = rational(smallest_positive(element)) * power_of_two_rational(-last);
            Rational ideal =
                power_of_two_rational(exponent_of(magnitude(exact)) - format.precision() * format.terms + 1);
            counts.last_term_underflowed += ideal < smallest ? 1 : 0;
            for (; ideal < smallest; ideal *= 2) ++counts.lost_bits;
        }
        for (std::size_t t = 1; t < terms.size(); ++t) {
            const Rational term = rational(terms[t]) * power_of_two_rational(-format.term_step * static_cast<int>(t));
            if (terms[t] != 0) bin(counts.exponents[t], term);
        }
    }
    void expect(const RoundingCounts& found) const {
        EXPECT_EQ(found.values, counts.values);
        EXPECT_EQ(found.zeros, counts.zeros);
        EXPECT_EQ(found.overflowed, counts.overflowed);
        EXPECT_EQ(found.underflowed, counts.underflowed);
        EXPECT_EQ(found.subnormal, counts.subnormal);
        EXPECT_EQ(found.nonfinite, counts.nonfinite);
        EXPECT_EQ(found.nans_replaced, counts.nans_replaced);
        EXPECT_EQ(found.rounded, counts.rounded);
        EXPECT_EQ(found.error, counts.error);
        EXPECT_EQ(found.magnitude_error, counts.magnitude_error);
        EXPECT_EQ(found.last_term_underflowed, counts.last_term_underflowed);
        EXPECT_EQ(found.lost_bits, counts.lost_bits);
        EXPECT_EQ(found.exponents, counts.exponents);
    }
};

/// Where the block that holds an element starts: its scale, then its elements.
const std::uint8_t* block_at(const Packed& matrix, std::uint64_t row, std::uint64_t column) {
    const std::uint64_t bits = matrix.format.block * static_cast<std::uint64_t>(matrix.format.width());
    const ConstMatrix m = matrix.view();
    return m.bytes + row * m.pitch + column / matrix.format.block * (1 + (bits + 7) / 8);
}
int scale_exponent_at(const Packed& matrix, std::uint64_t row, std::uint64_t column) {
    return matrix.format.is_mx() ? int{*block_at(matrix, row, column)} - 127 : 0;
}

/// As they are stored: without a block's scale, unless that is NaN.
std::vector<double> terms_at(const Packed& matrix, std::uint64_t row, std::uint64_t column) {
    std::vector<double> terms;
    if (matrix.format.is_mx()) {
        const std::uint8_t* block = block_at(matrix, row, column);
        terms.push_back(std::numeric_limits<double>::quiet_NaN());
        if (*block != 0xff) unpack(matrix.format.element(), block + 1, column % matrix.format.block, 1, terms.data());
        return terms;
    }
    for (std::uint64_t t = 0; t < matrix.format.terms; ++t) terms.push_back(matrix.row(row, t)[column]);
    return terms;
}
Rational sum_at(const Packed& matrix, std::uint64_t row, std::uint64_t column) {
    Rational sum = 0;
    const std::vector<double> terms = terms_at(matrix, row, column);
    for (std::size_t t = 0; t < terms.size(); ++t)
        sum += rational(terms[t]) * power_of_two_rational(-matrix.format.term_step * static_cast<int>(t));
    return sum;
}

struct Case {
    const char *from, *to, *rounding;
    double factor;
    Activation activation = Activation::none;
    Data data = Data::any;
};
const Case cases[] = {
    {"fp32", "e4m3fn", "rne", 1.0 / 64},
    {"fp16", "e5m2", "sr3", 0.375, Activation::relu},
    {"bf16", "e4m3fn:sat", "rne", 0x1p-90},
    {"e5m6", "e3m2fn", "rtz", 0x1.333334p-2, Activation::relu_gradient},
    {"e5m6", "e4m3:nosub", "rup", 1},
    {"fp16", "e4m3fnuz", "src5", -0.5},
    {"e5m10", "exp(e4m3fn,3)", "rne", 1},
    {"e5m10", "exp(e4m3fn,2,4)", "sr4", 0.125},
    {"fp32", "exp(e5m2,2)", "rne", 0x1p-100},
    {"exp(bf16,2)", "e4m3fn", "rne", 1, Activation::none, Data::small},
    {"exp(bf16,3)", "exp(bf16,2)", "rne", 1, Activation::none, Data::small},
    {"fp32", "int8", "rne", 0x1p-110},
    {"e5m6", "fix9.3", "sr4", 3},
    {"e5m6", "e2m1fn", "rne", 1},
    {"e5m6", "mx(e4m3fn,8)", "rne", 1, Activation::none, Data::any_finite},
    {"fp16", "mx(e2m1fn,16,ceil)", "sr3", 0.7, Activation::relu, Data::any_finite},
    {"fp16", "mx(fix8.6,5)", "rne", 1, Activation::none, Data::any},
    {"fp32", "mx(e3m2fn,4)", "rne", 1, Activation::none, Data::any},
};

TEST(CountConversion, AgreesWithARecountInRationals) {
    std::mt19937_64 random(41);
    for (const Case& c : cases) {
        SCOPED_TRACE(std::string(c.from) + " to " + c.to + " " + c.rounding);
        const Format from = parse_format(c.from), to = parse_format(c.to);
        const Packed in = testing::random_matrix(from, 23, 37, c.data, random);
        const Packed mask = testing::random_matrix(bf16, 23, 37, Data::small, random);
        Packed out(to, 23, 37);
        const Epilogue epilogue{.factor = c.factor,
                                .activation = c.activation,
                                .mask = mask.view(),
                                .rounding = parse_rounding(c.rounding)};
        const Coordinates at{.key = {1, 2}, .total_columns = 37};
        if (from.is_expansion())
            convert_expansion(in.view(), epilogue.rounding, out.view(), at, 1);
        else
            convert(in.view(), epilogue, out.view(), at, 1);

        RoundingCounts counts;
        count_conversion(in.view(), epilogue, out.view(), true, counts);
        Recount recount(to);
        for (std::uint64_t i = 0; i < 23; ++i) {
            for (std::uint64_t j = 0; j < 37; ++j) {
                const double head = in.at(i, j);
                const bool blocked = c.activation == Activation::relu_gradient && !(mask.at(i, j) > 0);
                const bool cut = c.activation == Activation::relu && head * c.factor < 0;
                const bool passes = !blocked && !cut;
                const bool is_number = std::isfinite(head) || !passes;
                const int scale = scale_exponent_at(out, i, j);
                const std::vector<double> stored = terms_at(out, i, j);
                const Rational exact = rational(c.factor) * power_of_two_rational(-scale);
                recount.add(passes && is_number ? exact * sum_at(in, i, j) : Rational(0), is_number, stored);
                recount.counts.nans_replaced += passes && std::isnan(head) && std::isfinite(stored[0]) ? 1 : 0;
            }
        }
        recount.expect(counts);
        EXPECT_GT(counts.rounded, 100U);
    }
}

TEST(CountConversion, SeesTheBiasOfCutRandomBits) {
    // 1 + 3/8 of a last place: with one random bit the tail is cut to 0, so that every value goes down by 3/8.
    const Format format = parse_format("e4m3fn");
    Packed in(fp32, 1, 4096), out(format, 1, 4096);
    const std::vector<double> value(4096, 1 + 0.375 / 8);
    pack(fp32, value.data(), 0, value.size(), in.view().bytes);
    Epilogue epilogue;
    epilogue.rounding = parse_rounding("sr1");
    convert(in.view(), epilogue, out.view(), {.key = {1, 2}, .total_columns = 4096}, 1);
    RoundingCounts counts;
    count_conversion(in.view(), epilogue, out.view(), false, counts);
    EXPECT_EQ(counts.error, -4096 * (65536 * 3 / 8));
    EXPECT_EQ(counts.magnitude_error, counts.error);
}

TEST(CountConversion, GivesTheSameForTilesAsForTheWhole) {
    std::mt19937_64 random(42);
    const Format format = parse_format("e5m2");
    const Packed in = testing::random_matrix(fp32, 24, 32, Data::any, random);
    Packed out(format, 24, 32);
    Epilogue epilogue;
    epilogue.factor = 0.7;
    convert(in.view(), epilogue, out.view(), {.key = {1, 2}, .total_columns = 32}, 1);
    RoundingCounts whole, parts;
    count_conversion(in.view(), epilogue, out.view(), true, whole);
    const auto block = [](ConstMatrix m, std::uint64_t row, std::uint64_t column) {
        m.bytes += row * m.pitch + column * static_cast<std::uint64_t>(m.format.width()) / 8;
        m.rows = 8;
        m.columns = 16;
        return m;
    };
    for (const std::uint64_t row : {16, 0, 8})
        for (const std::uint64_t column : {16, 0}) {
            RoundingCounts part;
            count_conversion(block(in.view(), row, column), epilogue, block(out.view(), row, column), true, part);
            parts += part;
        }
    EXPECT_EQ(parts, whole);
}

TEST(CountCombination, AgreesWithARecountInRationals) {
    std::mt19937_64 random(43);
    const Format a_format = parse_format("e5m6"), b_format = parse_format("exp(e5m2,2)");
    for (const char* to : {"e4m3fn", "exp(e5m2,2)"}) {
        SCOPED_TRACE(to);
        const Format format = parse_format(to);
        const Packed a = testing::random_matrix(a_format, 9, 21, Data::any_finite, random);
        const Packed b = testing::random_matrix(b_format, 9, 21, Data::any_finite, random);
        Packed out(format, 9, 21);
        Combination operation;
        operation.factor = -0.75;
        combine(operation, a.view(), b.view(), out.view(), {.key = {1, 2}, .total_columns = 21}, 1);
        RoundingCounts counts;
        count_combination(operation, a.view(), b.view(), out.view(), true, counts);
        Recount recount(format);
        for (std::uint64_t i = 0; i < 9; ++i)
            for (std::uint64_t j = 0; j < 21; ++j)
                recount.add(sum_at(a, i, j) + rational(-0.75) * sum_at(b, i, j), true, terms_at(out, i, j));
        recount.expect(counts);
    }
}

struct UpdateCase {
    const char *gradient, *state, *master, *weight;
    double momentum;
};

TEST(CountUpdate, AgreesWithARecountInRationals) {
    std::mt19937_64 random(44);
    for (const UpdateCase& c :
         {UpdateCase{"e5m2", "bf16", "e5m2", "", 0}, UpdateCase{"e5m2", "bf16", "bf16", "e4m3fn", 0.5},
          UpdateCase{"e5m2", "bf16", "exp(bf16,2)", "e4m3fn", 0.5},
          UpdateCase{"exp(e5m2,2)", "fp32", "exp(bf16,2)", "bf16", 0}}) {
        SCOPED_TRACE(std::string(c.gradient) + " " + c.master);
        const Format state = parse_format(c.state), master = parse_format(c.master);
        const Packed gradient = testing::random_matrix(parse_format(c.gradient), 13, 29, Data::small, random);
        const Packed before = testing::random_matrix(master, 13, 29, Data::small, random);
        const Packed velocity_before = testing::random_matrix(state, 13, 29, Data::small, random);
        Packed after = before, velocity = velocity_before;
        const bool has_weight = *c.weight != 0;
        Packed weight(has_weight ? parse_format(c.weight) : bf16, 13, 29);
        Update operation;
        operation.learning_rate = 0x1p-6;
        operation.momentum = c.momentum;
        operation.unscale = 0.25;
        operation.state = state;
        const Matrix of_velocity = c.momentum != 0 ? velocity.view() : Matrix{},
                     of_weight = has_weight ? weight.view() : Matrix{};
        OperationCounts counts;
        counts.histograms = true;
        const UpdateWitness witness(after.view(), of_velocity);
        update(operation, gradient.view(), after.view(), of_velocity, of_weight, {.key = {1, 2}, .total_columns = 29},
               1);
        witness.count(operation, gradient.view(), after.view(), of_velocity, of_weight, counts);

        Recount of_master(master), of_states(state), of_weights(weight.format);
        std::uint64_t updates = 0, vanished = 0;
        Rational intended = 0, effective = 0;
        for (std::uint64_t i = 0; i < 13; ++i) {
            for (std::uint64_t j = 0; j < 29; ++j) {
                const Rational scaled = sum_at(gradient, i, j) / 4;
                Rational v = scaled == 0 ? Rational(0) : rational(test::rounded_by_rationals(state, rne, scaled));
                if (c.momentum != 0) {
                    of_states.add(rational(c.momentum) * sum_at(velocity_before, i, j) + v, true,
                                  terms_at(velocity, i, j));
                    v = sum_at(velocity, i, j);
                }
                const Rational d = -v / 64;
                of_master.add(sum_at(before, i, j) + d, true, terms_at(after, i, j));
                if (has_weight) of_weights.add(sum_at(after, i, j), true, terms_at(weight, i, j));
                const Rational step = sum_at(after, i, j) - sum_at(before, i, j);
                if (d == 0) continue;
                ++updates;
                vanished += terms_at(after, i, j) == terms_at(before, i, j) ? 1 : 0;
                intended += d * d;
                effective += d * step;
            }
        }
        of_master.expect(counts.result);
        if (c.momentum != 0) of_states.expect(counts.velocity);
        if (has_weight) of_weights.expect(counts.weight);
        EXPECT_EQ(counts.update.updates, updates);
        EXPECT_EQ(counts.update.vanished, vanished);
        const double share = Rational(effective / intended).convert_to<double>();
        EXPECT_NEAR(counts.update.effective_descent(), share, 1e-12 * std::fabs(share));
        if (master == parse_format("e5m2")) {
            EXPECT_GT(vanished, updates / 2);
        }
    }
}

TEST(SquaredNorm, AddsColumnByColumnWithOneRoundingAValue) {
    std::mt19937_64 random(46);
    const Format format = parse_format("e8m15");
    const Packed first = testing::random_matrix(parse_format("e5m2"), 11, 7, Data::small, random);
    const Packed second = testing::random_matrix(parse_format("exp(bf16,2)"), 4, 5, Data::small, random);
    Packed total(format, 1, 1);
    Rational expected = 0;
    bool is_first = true;
    for (const Packed* matrix : {&first, &second}) {
        Packed sums(format, 1, matrix->columns);
        // In two blocks of rows, as tiles come.
        ConstMatrix top = matrix->view(), rest = matrix->view();
        top.rows = 3;
        rest.rows -= 3;
        rest.bytes += 3 * rest.pitch;
        add_squares(top, true, sums.view());
        add_squares(rest, false, sums.view());
        add_up(sums.view(), is_first, total.view());
        is_first = false;
        const auto rounded = [&](const Rational& x) {
            return x == 0 ? Rational(0) : rational(test::rounded_by_rationals(format, rne, x));
        };
        for (std::uint64_t j = 0; j < matrix->columns; ++j) {
            Rational sum = 0;
            for (std::uint64_t i = 0; i < matrix->rows; ++i) {
                const Rational head = rational(matrix->at(i, j));
                sum = rounded(sum + head * head);
            }
            expected = rounded(expected + sum);
        }
    }
    EXPECT_EQ(rational(total.at(0, 0)), expected);
}

TEST(AnyOrderSum, IsExactInAnyOrder) {
    std::mt19937_64 random(45);
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i)
        values.push_back(decode(fp64, random() & ~(std::uint64_t{1} << 62)));  // of exponents below 2
    values.insert(values.end(), {0x1p-1074, -0x1.8p-1070, 0x1p200, -0x1p200, 3.0});
    AnyOrderSum forward, backward;
    Rational exact = 0;
    for (const double value : values) {
        forward.add(value);
        exact += rational(value);
    }
    AnyOrderSum half;
    for (std::size_t i = values.size(); i-- > 1000;) backward.add(values[i]);
    for (std::size_t i = 0; i < 1000; ++i) half.add(values[i]);
    backward += half;
    EXPECT_EQ(forward, backward);
    const double expected = exact.convert_to<double>();
    EXPECT_NEAR(forward.value(), expected, 1e-14 * std::fabs(expected));
}

}  // namespace
}  // namespace ulpsim::arithmetic
