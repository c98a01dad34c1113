#include <gtest/gtest.h>
#include <mpfr.h>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/operations.hpp"
#include "tests/unit/arithmetic/packed_data.hpp"

namespace ulpsim::arithmetic {
namespace {

using testing::Packed;

constexpr RandomKey key{1, 2};

struct Batch {
    Packed logits, labels, error, losses;
    Batch(const Format& in, const Format& out, const Format& loss, std::uint64_t rows, std::uint64_t classes)
        : logits(in, rows, classes), labels(fp32, rows, 1), error(out, rows, classes), losses(loss, 1, 2) {}
    void set(std::uint64_t row, std::vector<double> values, double label) {
        pack(logits.format, values.data(), 0, values.size(), logits.view().bytes + row * logits.view().pitch);
        pack(fp32, &label, 0, 1, labels.view().bytes + row * 4);
    }
    void run(const SoftmaxCrossEntropy& operation) {
        softmax_cross_entropy(operation, logits.view(), labels.view(), error.view(), losses.view(),
                              {key, 0, 0, logits.columns});
    }
};

TEST(Softmax, OfEqualLogitsIsUniform) {
    Batch batch(fp32, fp32, fp32, 2, 4);
    batch.set(0, {3, 3, 3, 3}, 0);
    batch.set(1, {3, 3, 3, 3}, 2);
    SoftmaxCrossEntropy operation;
    operation.factor = 8;
    batch.run(operation);
    EXPECT_EQ(batch.error.row(0), (std::vector<double>{-6, 2, 2, 2}));
    EXPECT_EQ(batch.error.row(1), (std::vector<double>{2, 2, -6, 2}));
    const double log4 = static_cast<double>(1.38629436f);
    EXPECT_EQ(batch.losses.row(0), (std::vector<double>{2 * log4, 1})) << "the first of equal logits wins";
}

/// A float from an MPFR function of a float: correctly rounded, as ours is but for a 2^-29 chance of double rounding.
double rounded_by_mpfr(int (*f)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t), double x) {
    mpfr_t y;
    mpfr_init2(y, 53);
    mpfr_set_d(y, x, MPFR_RNDN);
    mpfr_t wide;
    mpfr_init2(wide, 120);
    f(wide, y, MPFR_RNDN);
    const double result = static_cast<double>(mpfr_get_flt(wide, MPFR_RNDN));
    mpfr_clear(y);
    mpfr_clear(wide);
    return result;
}

TEST(Softmax, RoundsEveryOperationToItsFormat) {
    std::mt19937_64 random(6);
    constexpr std::uint64_t rows = 50, classes = 10;
    Batch batch(fp32, parse_format("e5m2"), fp32, rows, classes);
    SoftmaxCrossEntropy operation;
    operation.factor = 1024.0 / 64;
    operation.rounding = parse_rounding("sr8");
    for (std::uint64_t row = 0; row < rows; ++row) {
        std::vector<double> x(classes);
        for (auto& value : x)
            value = static_cast<double>(static_cast<float>(static_cast<double>(random() >> 40) * 0x1p-20 - 8));
        batch.set(row, x, static_cast<double>(random() % classes));
    }
    batch.run(operation);
    float loss = 0;
    int hits = 0;
    for (std::uint64_t row = 0; row < rows; ++row) {
        const auto x = batch.logits.row(row);
        const auto label = static_cast<std::uint64_t>(batch.labels.at(row, 0));
        std::uint64_t best = 0;
        for (std::uint64_t i = 1; i < classes; ++i) best = x[i] > x[best] ? i : best;
        std::vector<float> e(classes);
        float sum = 0;
        for (std::uint64_t i = 0; i < classes; ++i) {
            const float difference = static_cast<float>(x[i]) - static_cast<float>(x[best]);
            e[i] = static_cast<float>(rounded_by_mpfr(mpfr_exp, static_cast<double>(difference)));
            sum += e[i];
        }
        for (std::uint64_t i = 0; i < classes; ++i) {
            const double p = static_cast<double>(e[i] / sum);
            const Unrounded error =
                exact_multiply_add(operation.factor, p, i == label ? -operation.factor : 0.0, false);
            const std::uint64_t element = row * classes + i;
            EXPECT_EQ(batch.error.row(row)[i], round_to(batch.error.format, operation.rounding, error,
                                                        random_bits(key, element, 0, Stream::other, 8)));
        }
        loss += static_cast<float>(-rounded_by_mpfr(mpfr_log, static_cast<double>(e[label] / sum)));
        hits += best == label ? 1 : 0;
    }
    EXPECT_EQ(batch.losses.row(0), (std::vector<double>{static_cast<double>(loss), static_cast<double>(hits)}));
}

TEST(Softmax, PassesNaNOn) {
    Batch batch(fp32, fp32, fp32, 1, 3);
    batch.set(0, {1, NAN, 0}, 0);
    batch.run({});
    for (const double value : batch.error.row(0)) EXPECT_TRUE(std::isnan(value));
    EXPECT_TRUE(std::isnan(batch.losses.at(0, 0)));
}

TEST(Softmax, RefusesALabelThatIsNoClass) {
    Batch batch(fp32, fp32, fp32, 1, 3);
    batch.set(0, {1, 2, 0}, 3);
    EXPECT_THROW(batch.run({}), Error);
}

}  // namespace
}  // namespace ulpsim::arithmetic
