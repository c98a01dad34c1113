#include "workloads/executor/reference_executor.hpp"

#include <gtest/gtest.h>

#include "models/arithmetic/packing.hpp"
#include "workloads/executor/op_sequence.hpp"
#include "workloads/layers/initialisation.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::Format;
using arithmetic::fp32;
using Bytes = std::vector<std::uint8_t>;

const Format pair = arithmetic::parse_format("exp(bf16,2)");

TEST(ReferenceExecutor, ATensorStartsAtZeroAndKeepsWhatIsWritten) {
    ReferenceExecutor executor(1, 1);
    const Tensor tensor = executor.allocate(Place::accelerator, Role::weight, 2, 3, arithmetic::bf16, "w");
    EXPECT_EQ(executor.peek(tensor), Bytes(12));
    const Bytes bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    executor.write(tensor, bytes, "boot");
    EXPECT_EQ(executor.read(tensor, "other"), bytes);
}

TEST(ReferenceExecutor, AViewIsTheFirstRowsOfEveryTerm) {
    ReferenceExecutor executor(1, 1);
    const Tensor whole = executor.allocate(Place::accelerator, Role::weight, 3, 1, pair, "w");
    executor.write(whole, {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}, "boot");
    const Tensor view = whole.first_rows(2);
    EXPECT_EQ(executor.peek(view), (Bytes{1, 2, 3, 4, 11, 12, 13, 14}));
    executor.write(view, {21, 22, 23, 24, 31, 32, 33, 34}, "boot");
    EXPECT_EQ(executor.peek(whole), (Bytes{21, 22, 23, 24, 5, 6, 31, 32, 33, 34, 15, 16}));
}

TEST(ReferenceExecutor, TransfersAViewOfAnExpansion) {
    ReferenceExecutor executor(1, 1);
    OpSequence ops(executor);
    const Tensor source = executor.allocate(Place::host, Role::weight, 3, 1, pair, "h");
    const Tensor target = executor.allocate(Place::accelerator, Role::weight, 4, 1, pair, "a");
    executor.write(source, {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}, "boot");
    ops.transfer(source.first_rows(2), target.first_rows(2), "-");
    EXPECT_EQ(executor.peek(target), (Bytes{1, 2, 3, 4, 0, 0, 0, 0, 11, 12, 13, 14, 0, 0, 0, 0}));
}

TEST(ReferenceExecutor, ConvertsAViewOfAnExpansion) {
    ReferenceExecutor executor(1, 1);
    OpSequence ops(executor);
    const Tensor source = executor.allocate(Place::accelerator, Role::weight, 3, 1, pair, "s");
    const std::vector<float> values{1 + 0x1p-12f, 2 - 0x1p-10f, 3};  // each needs both terms, but for the last
    executor.write(source, packed(values, 3, 1, pair), "boot");
    const Tensor target = executor.allocate(Place::accelerator, Role::weight, 2, 1, fp32, "t");
    ops.enqueue(Place::accelerator, "other", "-",
                Conversion{.in = source.first_rows(2), .out = target, .rounding = {}});
    EXPECT_EQ(unpacked(target, executor.peek(target)), (std::vector<double>{1 + 0x1p-12, 2 - 0x1p-10}));
}

TEST(ReferenceExecutor, RefusesBytesThatDoNotFit) {
    ReferenceExecutor executor(1, 1);
    const Tensor tensor = executor.allocate(Place::accelerator, Role::weight, 2, 2, fp32, "w");
    EXPECT_THROW(executor.write(tensor, Bytes(15), "boot"), std::logic_error);
    EXPECT_THROW(executor.peek(tensor.first_rows(3)), std::logic_error);
    executor.release(tensor);
    EXPECT_ANY_THROW(executor.peek(tensor));
}

TEST(ReferenceExecutor, MultipliesAddsTheBiasAndRectifies) {
    ReferenceExecutor executor(1, 1);
    OpSequence ops(executor);
    const auto tensor = [&](std::uint64_t rows, std::uint64_t columns, const std::vector<float>& values) {
        const Tensor made = executor.allocate(Place::accelerator, Role::activation, rows, columns, fp32, "");
        if (!values.empty()) executor.write(made, packed(values, rows, columns, fp32), "boot");
        return made;
    };
    MatrixProduct product;
    product.a = tensor(3, 2, {1, 2, 3, 4, 100, 100}).first_rows(2);
    product.b = tensor(2, 2, {1, -1, 0, 2});  // stored transposed
    product.bias = tensor(1, 2, {10, -7});
    product.out = tensor(3, 2, {}).first_rows(2);
    product.transpose_b = true;
    product.factor = 2;
    product.activation = arithmetic::Activation::relu;
    ops.enqueue(Place::accelerator, "forward", "fc1", product);
    // a b^T = (-1, 4; -1, 8); with bias (9, -3; 9, 1); doubled and rectified. The third row is none of the view's.
    const Tensor whole = [&] {
        Tensor all = product.out;
        all.rows = 3;
        return all;
    }();
    EXPECT_EQ(unpacked(whole, executor.peek(whole)), (std::vector<double>{18, 0, 18, 2, 0, 0}));
}

TEST(ReferenceExecutor, CountsInfinitiesAndNan) {
    ReferenceExecutor executor(1, 1);
    OpSequence ops(executor);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto half = arithmetic::fp16;
    const Tensor some = executor.allocate(Place::accelerator, Role::gradient, 1, 4, half, "");
    executor.write(some, packed({1, infinity, -infinity, 70000}, 1, 4, half), "boot");
    const Tensor other = executor.allocate(Place::accelerator, Role::gradient, 1, 1, fp32, "");
    executor.write(other, packed({std::numeric_limits<float>::quiet_NaN()}, 1, 1, fp32), "boot");
    const Tensor count = executor.allocate(Place::accelerator, Role::metric, 1, 1, fp32, "");
    ops.enqueue(Place::accelerator, "update", "-", CountNonfinite{.in = {some, other}, .out = count});
    EXPECT_EQ(unpacked(count, executor.peek(count)), std::vector<double>{4});
}

}  // namespace
}  // namespace ulpsim::workloads
