#include "workloads/executor/validate.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

namespace ulpsim::workloads {
namespace {

using arithmetic::bf16;
using arithmetic::fp32;

std::uint32_t next_id = 1;
Tensor tensor(std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format = fp32,
              Place place = Place::accelerator) {
    return {.id = next_id++, .place = place, .rows = rows, .columns = columns, .format = format};
}

template <class What>
Op op(const What& what) {
    return {.what = what, .place = Place::accelerator, .number = 1, .phase = "forward", .layer = "fc1"};
}

/// The Op as it is passes, and each of the mutations makes it fail.
template <class What>
void expect_refused(const What& good, const std::vector<std::function<void(What&)>>& mutations) {
    EXPECT_NO_THROW(validate(op(good)));
    for (std::size_t i = 0; i < mutations.size(); ++i) {
        What bad = good;
        mutations[i](bad);
        EXPECT_THROW(validate(op(bad)), std::logic_error) << "mutation " << i;
    }
}

TEST(Validate, RefusesAProductWhoseOperandsDoNotFit) {
    MatrixProduct good;
    good.dot.a = bf16;
    good.a = tensor(4, 3, bf16);
    good.b = tensor(5, 3);
    good.transpose_b = true;
    good.out = tensor(4, 5);
    good.bias = tensor(1, 5);
    using M = MatrixProduct;
    expect_refused<M>(
        good, {[](M& m) { m.transpose_b = false; }, [](M& m) { m.transpose_a = true; }, [](M& m) { m.out.columns = 6; },
               [](M& m) { m.dot.a = fp32; }, [](M& m) { m.bias.columns = 4; }, [](M& m) { m.b = {}; },
               [](M& m) { m.bias.place = Place::host; }, [](M& m) { m.mask = tensor(4, 5); },
               [](M& m) { m.activation = arithmetic::Activation::relu_gradient; }});
}

TEST(Validate, RefusesALossWithoutARowForIt) {
    using S = SoftmaxCrossEntropy;
    const S good{.logits = tensor(4, 10),
                 .labels = tensor(4, 1),
                 .error = tensor(4, 10, bf16),
                 .metrics = tensor(5, 2),
                 .slot = 4,
                 .operation = {}};
    expect_refused<S>(good, {[](S& s) { s.slot = 5; }, [](S& s) { s.labels.rows = 3; },
                             [](S& s) { s.error.columns = 9; }, [](S& s) { s.metrics.format = bf16; }});
}

TEST(Validate, RefusesAnUpdateThatLacksOrHasAVelocityTooMuch) {
    Update good;
    good.gradient = tensor(2, 3);
    good.master = tensor(2, 3);
    good.velocity = tensor(2, 3);
    good.weight = tensor(2, 3, bf16);
    good.operation.momentum = 0.9;
    using U = Update;
    expect_refused<U>(good, {[](U& u) { u.operation.momentum = 0; }, [](U& u) { u.velocity = {}; },
                             [](U& u) { u.weight.rows = 3; }, [](U& u) { u.gradient.columns = 2; }});
}

TEST(Validate, RefusesATransferThatChangesAnything) {
    using T = Transfer;
    const T good{.in = tensor(2, 3), .out = tensor(2, 3, fp32, Place::host)};
    expect_refused<T>(good, {[](T& t) { t.out.place = Place::accelerator; }, [](T& t) { t.out.format = bf16; },
                             [](T& t) { t.out.rows = 1; }});
}

TEST(Validate, RefusesTheOtherKindsToo) {
    using C = ColumnSums;
    expect_refused<C>({.in = tensor(4, 3),
                       .out = tensor(1, 3),
                       .accumulator = fp32,
                       .accumulator_rounding = {},
                       .factor = 1,
                       .rounding = {}},
                      {[](C& c) { c.out.rows = 4; }, [](C& c) { c.out.columns = 4; }});
    using V = Conversion;
    expect_refused<V>({.in = tensor(4, 3), .out = tensor(4, 3, bf16), .rounding = {}}, {[](V& v) { v.out.rows = 3; }});
    using N = CountNonfinite;
    expect_refused<N>({.in = {tensor(4, 3)}, .out = tensor(1, 1)},
                      {[](N& n) { n.in.clear(); }, [](N& n) { n.out.columns = 2; }});
    Op unnumbered = op(Conversion{.in = tensor(4, 3), .out = tensor(4, 3), .rounding = {}});
    unnumbered.number = 0;
    EXPECT_THROW(validate(unnumbered), std::logic_error);
}

}  // namespace
}  // namespace ulpsim::workloads
