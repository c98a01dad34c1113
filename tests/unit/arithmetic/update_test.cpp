#include <gtest/gtest.h>

#include <array>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/exact_sum.hpp"
#include "models/arithmetic/expansion.hpp"
#include "models/arithmetic/mx_block.hpp"
#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using testing::Data;
using testing::Packed;

struct Case {
    const char *gradient, *state, *master, *weight;
    const char *state_rounding = "rne", *master_rounding = "rne", *weight_rounding = "rne";
    double momentum = 0.9, weight_decay = 0, learning_rate = 0.0625, unscale = 0.25;
    bool compensated = false;
};

constexpr RandomKey key{11, 22};

std::uint32_t bits(Rounding rounding, std::uint64_t element, std::uint64_t k) {
    return rounding.is_stochastic() ? random_bits(key, element, k, Stream::other, rounding.random_bits) : 0;
}

/// The lines of operations.hpp on one element, through round_to() and expansion_plus() alone.
struct Expected {
    double velocity;
    std::array<double, 2> master;
    double weight;
};
Expected definition(const Case& c, double gradient, double v, std::array<double, 2> w, std::uint64_t element) {
    const Format state = parse_format(c.state), master = parse_format(c.master), weight = parse_format(c.weight);
    const Rounding state_rounding = parse_rounding(c.state_rounding),
                   master_rounding = parse_rounding(c.master_rounding);
    const Rounding weight_rounding = parse_rounding(c.weight_rounding);
    const auto constant = [](double x) { return static_cast<double>(static_cast<float>(x)); };
    double g = round_to(state, rne, exact_product(constant(c.unscale), gradient));
    if (c.weight_decay != 0) g = round_to(state, rne, exact_multiply_add(constant(c.weight_decay), w[0], g, false));
    if (c.momentum != 0)
        g = round_to(state, state_rounding, exact_multiply_add(constant(c.momentum), v, g, false),
                     bits(state_rounding, element, 0));
    const double rate = -constant(c.learning_rate);
    if (!master.is_expansion()) {
        w[0] = round_to(master, master_rounding,
                        exact_multiply_add(rate, g, w[0], master_rounding.mode == RoundingMode::rdn),
                        bits(master_rounding, element, 1));
        w[1] = 0;
    } else {
        const double d = round_to(master.element(), rne, exact_product(rate, g));
        if (c.compensated) {  // Kahan's four additions
            const auto plus = [&](double x, double y, Rounding rounding = rne, std::uint32_t random = 0) {
                return round_to(master.element(), rounding, exact_multiply_add(x, 1, y, false), random);
            };
            const double y = plus(w[1], d, master_rounding, bits(master_rounding, element, 1));
            const double sum = plus(w[0], y), rest = plus(y, -plus(sum, -w[0]));
            w = {sum, std::isfinite(sum) && std::isfinite(rest) ? rest + 0.0 : 0.0};
        } else {
            expansion_plus(master, w, d, master_rounding, bits(master_rounding, element, 1));
        }
    }
    const Unrounded sum = master.is_expansion() ? exact_multiply_add(1, w[0], w[1], false) : exact(w[0]);
    return {g, w, round_to(weight, weight_rounding, sum, bits(weight_rounding, element, 2))};
}

void expect_the_definition(const Case& c, std::uint64_t rows, std::uint64_t columns, Data data, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const Packed gradient = testing::random_matrix(parse_format(c.gradient), rows, columns, data, random);
    const Packed master = testing::random_matrix(parse_format(c.master), rows, columns, data, random);
    const Packed velocity = testing::random_matrix(parse_format(c.state), rows, columns, data, random);
    Packed weight(parse_format(c.weight), rows, columns);
    Packed new_master = master, new_velocity = velocity, new_weight = weight;
    std::uint64_t unchanged = 0;
    const bool pair = master.format.is_expansion();
    for (std::uint64_t i = 0; i < rows; ++i) {
        const auto g = gradient.row(i), v = velocity.row(i), head = master.row(i);
        const auto tail = pair ? master.row(i, 1) : std::vector<double>(columns);
        for (std::uint64_t j = 0; j < columns; ++j) {
            const Expected e = definition(c, g[j], v[j], {head[j], tail[j]}, i * columns + j);
            const Matrix m = new_master.view(), nv = new_velocity.view(), nw = new_weight.view();
            pack(m.format.element(), &e.master[0], j, 1, m.bytes + i * m.pitch);
            if (pair) pack(m.format.element(), &e.master[1], j, 1, m.bytes + i * m.pitch + m.plane);
            pack(nv.format, &e.velocity, j, 1, nv.bytes + i * nv.pitch);
            pack(nw.format, &e.weight, j, 1, nw.bytes + i * nw.pitch);
        }
        const auto new_head = new_master.row(i);
        const auto new_tail = pair ? new_master.row(i, 1) : std::vector<double>(columns);
        for (std::uint64_t j = 0; j < columns; ++j) {
            const auto same = [](double a, double b) {
                return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
            };
            unchanged += g[j] != 0 && same(head[j], new_head[j]) && same(tail[j], new_tail[j]) ? 1 : 0;
        }
    }

    Update operation;
    operation.learning_rate = c.learning_rate;
    operation.momentum = c.momentum;
    operation.weight_decay = c.weight_decay;
    operation.unscale = c.unscale;
    operation.state = parse_format(c.state);
    operation.state_rounding = parse_rounding(c.state_rounding);
    operation.master_rounding = parse_rounding(c.master_rounding);
    operation.weight_rounding = parse_rounding(c.weight_rounding);
    operation.compensated = c.compensated;
    testing::at_every_level([&](int level) {
        for (const unsigned threads : {1u, 2u}) {
            Packed m = master, v = velocity, w = weight;
            const auto count = update(operation, gradient.view(), m.view(), c.momentum != 0 ? v.view() : Matrix{},
                                      w.view(), {key, 0, 0, columns}, threads);
            const auto what = [&] {
                return std::string(c.gradient) + " " + c.state + " " + c.master + " " + c.weight + " level " +
                       std::to_string(level) + " seed " + std::to_string(seed);
            };
            if (c.momentum != 0) {
                EXPECT_EQ(v.bytes, new_velocity.bytes) << "velocity " << what();
            }
            EXPECT_EQ(m.bytes, new_master.bytes) << "master " << what();
            EXPECT_EQ(w.bytes, new_weight.bytes) << "weight " << what();
            EXPECT_EQ(count, unchanged) << what();
        }
    });
}

constexpr Case cases[] = {
    {"e5m2", "fp32", "fp32", "e4m3fn"},
    {"e5m2", "bf16", "exp(bf16,2)", "e4m3fn"},
    {"e5m2", "fp32", "e5m2", "e5m2"},
    {"e5m2", "fp32", "e5m2", "e5m2", "rne", "sr13"},
    {"e5m2", "fp32", "fp32", "e4m3fn", "rne", "rne", "sr8", 0.9, 0.0001},
    {"e5m2", "bf16", "exp(bf16,2)", "e4m3fn", "rne", "sr8", "sr8", 0.9, 0.01, 0.01},
    {"bf16", "bf16", "bf16", "e4m3fn", "sr8", "sr8", "rne", 0.9, 0.01, 0.01},
    {"e4m3fn", "fp16", "exp(e5m2,2)", "e5m2", "sr8", "rne", "rne", 0.5, 0.1, 1.0},
    {"fp32", "fp32", "fp32", "fp32", "rne", "rne", "rne", 0, 0.1, 1.0},
    {"e4m3fn", "fp16", "exp(fp16,2)", "e4m3fn", "sr4", "rne", "sr6", 0.9, 0.1, 0.1, 1.0 / 3},
    {"e5m2", "bf16", "exp(e4m3fn,2)", "e3m2fn", "rne", "rne", "rne", 0.9, 0.1, 0.1, 1.0 / 3},
    {"e5m2", "e8m23", "e5m2:sat", "e4m3fn:sat", "rne", "sr16", "src4", 0.9, 0.1, 0.1, 1024},
    {"e5m2", "tf32", "e8m15", "e4m3fn:sat", "rtz", "rdn", "rup", 0.9, 0.1, 0.1, 1024},
    {"e5m2", "fp32", "exp(bf16,2)", "bf16", "rne", "sr16", "sr16", 0.9, 0.1, 0.1, 1024},
    {"int8", "fp32", "fp32", "int8", "rne", "rne", "sr8", 0.9, 0.01, 0.01, 0.25},
    {"fp32", "fix16.8", "fix16.12", "fix8.6", "sr8", "sr8", "rne", 0.9, 0.01, 0.01},
    {"fix8.6", "fp32", "int8", "int8", "rne", "sr8", "rne", 0, 0, 4.0},
    {"e5m2", "fp32", "exp(bf16,2)", "fix8.6", "rne", "rne", "rna", 0.9, 0.01, 0.1},
    {"bf16", "fp32", "exp(bf16,2)", "fp32", "rne", "rne", "sr8", 0.9, 0, 0.1},
    {"bf16", "bf16", "exp(bf16,2)", "fp32", "rne", "rne", "rne", 0.9, 0.01, 0.1},
    {"bf16", "bf16", "exp(bf16,2)", "e8m15", "rne", "sr8", "sr32", 0.9, 0, 0.1},
    {"bf16", "fp32", "exp(bf16,2)", "bf16", "rne", "rne", "rne", 0.9, 0, 0.1, 1, true},
    {"e5m2", "bf16", "exp(e5m2,2)", "e5m2", "rne", "sr8", "rne", 0, 0.1, 0.1, 1024, true},
    {"fp32", "fp32", "exp(fp32,2)", "fp32", "rne", "rne", "rne", 0.9, 0, 0.1, 1, true},
};

TEST(Update, IsItsDefinition) {
    std::uint64_t seed = 1;
    for (const auto& c : cases)
        for (const Data data : {Data::small, Data::any_finite, Data::any})
            expect_the_definition(c, 7, 131, data, seed++);
}

TEST(Update, IsItsDefinitionAtAwkwardSizes) {
    std::uint64_t seed = 100;
    for (const auto& c : {cases[0], cases[1], cases[3]})
        for (const std::uint64_t columns : {0u, 1u, 15u, 16u, 17u, 511u, 512u, 513u, 1100u})
            expect_the_definition(c, columns % 2 + 1, columns, Data::small, seed++);
}

/// The lines of operations.hpp by expansion_plus() and the exact sum, for masters of three and four terms.
TEST(Update, OfManyTermsIsItsDefinition) {
    std::mt19937_64 random(4);
    for (const char* master_name : {"exp(bf16,3)", "exp(e5m2,3)", "exp(bf16,4)", "exp(fp16,4)", "exp(e4m3fn,3)"})
        for (const char* weight_name : {"bf16", "fp32", "e4m3fn"})
            for (const Data data : {Data::small, Data::any_finite, Data::any}) {
                constexpr std::uint64_t columns = 531;
                const Format format = parse_format(master_name), narrow = parse_format(weight_name);
                const Packed gradient = testing::random_matrix(bf16, 1, columns, Data::small, random);
                const Packed master = testing::random_matrix(format, 1, columns, data, random);
                Packed new_master = master, new_weight(narrow, 1, columns);
                std::uint64_t unchanged = 0;
                for (std::uint64_t j = 0; j < columns; ++j) {
                    const double g = gradient.at(0, j), d = round_to(format.element(), rne, exact_product(-0.0625, g));
                    std::vector<double> terms(format.terms);
                    const Matrix m = new_master.view(), w = new_weight.view();
                    for (std::size_t t = 0; t < terms.size(); ++t)
                        unpack(format.element(), m.bytes + t * m.plane, j, 1, &terms[t]);
                    const std::vector<double> before = terms;
                    expansion_plus(format, terms, d, rne, 0);
                    bool stays = true;
                    ExactSum sum;
                    for (std::size_t t = 0; t < terms.size(); ++t) {
                        pack(format.element(), &terms[t], j, 1, m.bytes + t * m.plane);
                        sum.add(exact(terms[t]));
                        stays = stays && ((std::isnan(before[t]) && std::isnan(terms[t])) ||
                                          (before[t] == terms[t] && std::signbit(before[t]) == std::signbit(terms[t])));
                    }
                    unchanged += g != 0 && stays ? 1 : 0;
                    const double weight = round_to(narrow, rne, sum.value(false), 0);
                    pack(narrow, &weight, j, 1, w.bytes);
                }
                Update operation;
                operation.learning_rate = 0.0625;
                testing::at_every_level([&](int level) {
                    Packed m = master, w(narrow, 1, columns);
                    const auto count =
                        update(operation, gradient.view(), m.view(), Matrix{}, w.view(), {key, 0, 0, columns}, 1);
                    EXPECT_EQ(m.bytes, new_master.bytes) << master_name << " level " << level;
                    EXPECT_EQ(w.bytes, new_weight.bytes) << master_name << " to " << weight_name << " level " << level;
                    EXPECT_EQ(count, unchanged) << master_name << " level " << level;
                });
            }
}

TEST(Update, OfThreeTermsAddsToAllOfThem) {
    std::mt19937_64 random(3);
    const Format format = parse_format("exp(bf16,3)");
    Packed master(format, 1, 40);
    const Matrix m = master.view();
    for (std::uint64_t j = 0; j < 40; ++j) {
        const double x = 1 + std::ldexp(static_cast<double>(random() >> 40), -24);
        round_and_pack(format, rne, &x, j, 1, {}, 0, m.bytes, m.plane);
    }
    std::vector<double> before(40), after(40);
    unpack_sum(master.view(), 0, before.data());
    const Packed gradient = testing::random_matrix(parse_format("e5m2"), 1, 40, Data::small, random);
    Update operation;
    operation.learning_rate = 0x1p-10;
    update(operation, gradient.view(), master.view(), Matrix{}, Matrix{}, {key, 0, 0, 40}, 1);
    unpack_sum(master.view(), 0, after.data());
    for (std::uint64_t j = 0; j < 40; ++j)  // three terms of 8 bits: 24 bits, with signs 26
        EXPECT_NEAR(after[j], before[j] - 0x1p-10 * gradient.at(0, j), 0x1p-24) << j;
}

/// Blocks of the weight are quantised from the exact sums of the master's terms, as quantise_block() defines.
TEST(Update, MakesBlocksOfTheExactMaster) {
    std::mt19937_64 random(11);
    for (const char* master_name : {"fp32", "bf16", "exp(bf16,2)", "exp(e5m2,2)", "exp(bf16,3)"})
        for (const char* weight_name : {"mx(e4m3fn,32)", "mx(e2m1fn,16,ceil)", "mx(e3m2fn,7,even)"})
            for (const std::uint64_t columns : {5u, 96u, 1100u}) {
                const Format format = parse_format(master_name), blocks = parse_format(weight_name);
                const Packed gradient = testing::random_matrix(bf16, 3, columns, Data::small, random);
                const Packed master = testing::random_matrix(format, 3, columns, Data::small, random);
                Update operation;
                operation.learning_rate = 0.0625;
                Packed stepped = master;
                update(operation, gradient.view(), stepped.view(), Matrix{}, Matrix{}, {key, 0, 0, columns}, 1);
                Packed expected(blocks, 3, columns);
                for (std::uint64_t row = 0; row < 3; ++row)
                    for (std::uint64_t first = 0; first < columns; first += blocks.block) {
                        const std::uint64_t size = std::min<std::uint64_t>(blocks.block, columns - first);
                        std::vector<Unrounded> sums;
                        for (std::uint64_t j = first; j < first + size; ++j) {
                            ExactSum sum;
                            const Matrix m = stepped.view();
                            for (std::size_t t = 0; t < format.terms; ++t) {
                                double term = 0;
                                unpack(format.element(), m.bytes + t * m.plane + row * m.pitch, j, 1, &term);
                                sum.add(exact(term));
                            }
                            sums.push_back(sum.value(false));
                        }
                        std::vector<double> elements(size);
                        std::uint8_t* bytes = expected.view().bytes + row * expected.view().pitch +
                                              first / blocks.block * block_bytes(blocks, blocks.block);
                        bytes[0] = quantise_block(blocks, rne, sums, {}, elements);
                        for (std::uint64_t i = 0; i < size; ++i) pack(blocks.element(), &elements[i], i, 1, bytes + 1);
                    }
                testing::at_every_level([&](int level) {
                    for (const unsigned threads : {1u, 2u}) {
                        Packed m = master, w(blocks, 3, columns);
                        update(operation, gradient.view(), m.view(), Matrix{}, w.view(), {key, 0, 0, columns}, threads);
                        EXPECT_EQ(m.bytes, stepped.bytes) << master_name << " level " << level;
                        EXPECT_EQ(w.bytes, expected.bytes)
                            << master_name << " to " << weight_name << ", " << columns << " columns, level " << level;
                    }
                });
            }
}

/// 2^-12 is less than half of e4m3fn's smallest value, but the second term of a step of 4 holds it.
TEST(Update, OfAStepKeepsWhatTheFirstTermsRangeLacks) {
    for (const auto& [name, left] : {std::pair{"exp(e4m3fn,2)", 1.0}, std::pair{"exp(e4m3fn,2,4)", 1 - 0x1p-12}}) {
        Packed gradient(fp32, 1, 1), master(parse_format(name), 1, 1);
        const double g = 0x1p-12, one = 1;
        const Matrix w = master.view();
        round_and_pack(fp32, rne, &g, 0, 1, {}, 0, gradient.view().bytes);
        round_and_pack(w.format, rne, &one, 0, 1, {}, 0, w.bytes, w.plane);
        Update operation;
        operation.learning_rate = 1;
        update(operation, gradient.view(), w, Matrix{}, Matrix{}, {key, 0, 0, 1}, 1);
        double value = 0;
        unpack_sum(w, 0, &value);
        EXPECT_EQ(value, left) << name;
    }
}

/// A thousand steps of a hundredth of a place: one term stands still, two by Kahan's sum or by DWPlusFP arrive.
TEST(Update, CompensatedKeepsWhatRoundingLoses) {
    const auto after_a_thousand = [](const char* master, bool compensated) {
        Packed gradient(fp32, 1, 1), weight(parse_format(master), 1, 1);
        const double one = 1, g = 0x1p-14;
        round_and_pack(fp32, rne, &g, 0, 1, {}, 0, gradient.view().bytes);
        const Matrix w = weight.view();
        round_and_pack(w.format, rne, &one, 0, 1, {}, 0, w.bytes, w.plane);
        Update operation;
        operation.learning_rate = 1;
        operation.compensated = compensated;
        for (int step = 0; step < 1024; ++step)
            update(operation, gradient.view(), w, Matrix{}, Matrix{}, {key, 0, 0, 1}, 1);
        double value = 0;
        unpack_sum(weight.view(), 0, &value);
        return value;
    };
    EXPECT_EQ(after_a_thousand("bf16", false), 1);
    EXPECT_EQ(after_a_thousand("exp(bf16,2)", false), 1 - 0x1p-4);
    EXPECT_EQ(after_a_thousand("exp(bf16,2)", true), 1 - 0x1p-4);
}

TEST(Update, RefusesToCompensateWhatHasNotTwoTerms) {
    for (const char* master : {"bf16", "exp(bf16,3)", "exp(bf16,2,8)"}) {
        Packed gradient(fp32, 1, 4), weight(parse_format(master), 1, 4);
        Update operation;
        operation.compensated = true;
        EXPECT_THROW(update(operation, gradient.view(), weight.view(), Matrix{}, Matrix{}, {key, 0, 0, 4}, 1), Error)
            << master;
    }
}

TEST(Update, RefusesMomentumWithoutAVelocity) {
    Packed gradient(fp32, 1, 4), master(fp32, 1, 4);
    Update operation;
    operation.momentum = 0.5;
    EXPECT_THROW(update(operation, gradient.view(), master.view(), Matrix{}, Matrix{}, {key, 0, 0, 4}, 1), Error);
}

}  // namespace
}  // namespace ulpsim::arithmetic
