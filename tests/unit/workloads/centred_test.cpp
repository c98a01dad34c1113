// Bit-centred layers against a plain network in binary64 that shares no line with them, and its central differences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/packing.hpp"
#include "tests/unit/workloads/small_problem.hpp"
#include "workloads/training/batches.hpp"
#include "workloads/training/centred/centred_tensors.hpp"
#include "workloads/training/centred/centred_training.hpp"
#include "workloads/training/metrics.hpp"

namespace ulpsim::workloads {
namespace {

using Numbers = std::vector<double>;

constexpr std::uint64_t batch = 6;
const std::vector<std::uint64_t> widths{5, 4, 3};  // of the layers' outputs
constexpr std::uint64_t features = 7;

Network three_layers() { return build({.name = "", .widths = widths}, features, widths.back()); }

Numbers random_numbers(std::size_t count, std::uint32_t seed, double size) {
    std::mt19937 random(seed);
    Numbers numbers(count);
    for (double& number : numbers) number = size * (static_cast<double>(random()) / 0x1p31 - 1);
    return numbers;
}

/// Mean cross-entropy of the network whose weights and biases, layer after layer, are `parameters`.
double plain_loss(const Samples& samples, const Numbers& parameters) {
    double total = 0;
    for (std::uint64_t s = 0; s < samples.count(); ++s) {
        Numbers x(samples.values.begin() + static_cast<std::ptrdiff_t>(s * features),
                  samples.values.begin() + static_cast<std::ptrdiff_t>((s + 1) * features));
        const double* p = parameters.data();
        for (std::size_t layer = 0; layer < widths.size(); ++layer) {
            Numbers y(widths[layer]);
            for (std::size_t o = 0; o < y.size(); ++o)
                for (std::size_t i = 0; i < x.size(); ++i) y[o] += p[o * x.size() + i] * x[i];
            p += y.size() * x.size();
            for (std::size_t o = 0; o < y.size(); ++o) y[o] += p[o];
            p += y.size();
            if (layer + 1 < widths.size())
                for (double& value : y) value = std::max(value, 0.);
            x = y;
        }
        double sum = 0;
        for (const double logit : x) sum += std::exp(logit);
        total += std::log(sum) - x[samples.labels[s]];
    }
    return total / static_cast<double>(samples.count());
}

Numbers central_differences(const Samples& samples, const Numbers& at) {
    constexpr double h = 1e-5;
    Numbers gradient(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
        Numbers up = at, down = at;
        up[i] += h;
        down[i] -= h;
        gradient[i] = (plain_loss(samples, up) - plain_loss(samples, down)) / (2 * h);
    }
    return gradient;
}

/// A network of three layers at an anchor of the seed's weights and random biases, its samples one batch.
struct Case {
    small_problem::Spy executor;
    OpSequence ops{executor};
    Samples samples = small_problem::samples(batch, 5, features, 3);
    Network network = three_layers();
    std::vector<Policy> policies;
    CentredNetwork centred;
    Anchor anchor;

    explicit Case(const Policy& policy, const arithmetic::Format& format, std::uint64_t seed = 1)
        : executor(seed),
          policies(3, policy),
          centred(network, policies, {batch, batch, batch}, executor),
          anchor(network, policies, {.place = Place::accelerator, .format = format, .samples = batch, .batch = batch},
                 seed, ops) {
        std::vector<std::uint32_t> order(batch);
        std::iota(order.begin(), order.end(), 0U);
        executor.write(centred.samples, packed_features(samples, order, centred.samples.format), "boot");
        executor.write(centred.labels, packed_labels(samples, order), "boot");
        std::uint32_t number = 10;
        for (Anchor::Layer& layer : anchor.layers()) write(layer.bias.value, ++number, 0.3);
        anchor.enqueue_gradient(centred.samples, centred.labels, batch, &centred.anchor_values);
        for (std::size_t i = 0; i < 3; ++i) {
            start(anchor.layers()[i].weight, centred.layers[i].weight);
            start(anchor.layers()[i].bias, centred.layers[i].bias);
        }
    }
    double step = 0x1p-4;

    void start(const AnchorParameter& from, CentredParameter& to) {
        anchor.enqueue_copy(from, from.gradient, 1 / step, {}, to.gradient, "fc");
        if (to.anchor) anchor.enqueue_copy(from, from.value, 1, {}, to.anchor, "fc");
    }
    void write(const Tensor& tensor, std::uint32_t seed, double size) {
        const Numbers numbers = random_numbers(tensor.rows * tensor.columns, seed, size);
        std::vector<std::uint8_t> bytes(arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns));
        const arithmetic::Matrix matrix = arithmetic::dense(tensor.format, bytes.data(), tensor.rows, tensor.columns);
        for (std::uint64_t row = 0; row < tensor.rows; ++row)
            arithmetic::round_and_pack(tensor.format, {}, numbers.data() + row * tensor.columns, 0, tensor.columns, {},
                                       0, matrix.bytes + row * matrix.pitch);
        executor.write(tensor, bytes, "boot");
    }
    void enqueue_step() {
        const std::vector<CentredPass> passes = centred.passes(step, 0, 0, false);
        for (std::size_t i = 0; i < passes.size(); ++i) {
            enqueue_centred_sums(passes[i], ops);
            if (i + 1 < passes.size()) enqueue_centred_relu(passes[i], passes[i + 1], ops);
        }
        enqueue_centred_loss(passes.back(), centred.loss_of(0, false, 1), ops);
        for (std::size_t i = passes.size(); i-- > 0;) {
            enqueue_centred_gradients(passes[i], 1. / batch, ops);
            if (i > 0) enqueue_centred_input_error(passes[i], passes[i - 1], ops);
        }
    }
    /// Everything that `tensor_of` names, weights and biases, layer after layer.
    Numbers collected(const std::function<std::array<Tensor, 2>(std::size_t)>& tensors_of) {
        Numbers all;
        for (std::size_t i = 0; i < 3; ++i)
            for (const Tensor& tensor : tensors_of(i)) {
                const Numbers some = unpacked(tensor, executor.peek(tensor));
                all.insert(all.end(), some.begin(), some.end());
            }
        return all;
    }
    Numbers anchor_parameters() {
        return collected([&](std::size_t i) {
            return std::array{anchor.layers()[i].weight.value, anchor.layers()[i].bias.value};
        });
    }
    Numbers offsets() {
        return collected([&](std::size_t i) {
            return std::array{centred.layers[i].weight.offset, centred.layers[i].bias.offset};
        });
    }
    Numbers step_gradients() {
        return collected([&](std::size_t i) {
            return std::array{centred.layers[i].step.step_weight_gradient, centred.layers[i].step.step_bias_gradient};
        });
    }
    Numbers anchor_gradients() {
        return collected([&](std::size_t i) {
            return std::array{centred.layers[i].weight.gradient, centred.layers[i].bias.gradient};
        });
    }
};

Policy all_in(const arithmetic::Format& format) {
    Policy policy = small_problem::all(format).base;
    policy.master_weights = std::nullopt;
    return policy;
}

TEST(Centred, TheGradientAtTheAnchorIsThatOfCentralDifferences) {
    Case c(all_in(arithmetic::fp64), arithmetic::fp64);
    const Numbers expected = central_differences(c.samples, c.anchor_parameters()), found = c.anchor_gradients();
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i] * c.step, expected[i], 1e-9) << i;
    EXPECT_NEAR(c.anchor.read_loss().mean, plain_loss(c.samples, c.anchor_parameters()), 1e-12);
}

TEST(Centred, AStepInBinary64HasTheGradientOfAnchorPlusOffset) {
    Case c(all_in(arithmetic::fp64), arithmetic::fp64);
    double delta = 0.25;
    std::uint32_t seed = 20;
    for (CentredLayer& layer : c.centred.layers) {
        for (CentredParameter* parameter : {&layer.weight, &layer.bias}) {
            parameter->delta = delta;
            delta *= 0.75;
            c.write(parameter->offset, ++seed, 1.5);
        }
    }
    c.enqueue_step();
    Numbers full = c.anchor_parameters();
    const Numbers offsets = c.offsets();
    std::size_t at = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        const CentredLayer& layer = c.centred.layers[i];
        for (const CentredParameter* parameter : {&layer.weight, &layer.bias})
            for (std::uint64_t n = parameter->offset.rows * parameter->offset.columns; n > 0; --n, ++at)
                full[at] += parameter->delta * offsets[at];
    }
    const Numbers expected = central_differences(c.samples, full), found = c.step_gradients();
    const Numbers anchor = central_differences(c.samples, c.anchor_parameters());
    double moved = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(found[i] * c.step, expected[i], 1e-9) << i;
        moved = std::max(moved, std::fabs(expected[i] - anchor[i]));
    }
    EXPECT_GT(moved, 0.1) << "the offset is too small to show anything";
    const Numbers losses = unpacked(c.centred.metrics, c.executor.peek(c.centred.metrics));
    EXPECT_NEAR(losses[0] / batch, plain_loss(c.samples, full), 1e-12);
}

Policy eight_bits() {
    Policy policy = all_in(arithmetic::fp32);
    policy.weights.format = policy.activations.format = arithmetic::parse_format("e4m3fn");
    policy.errors.format = arithmetic::parse_format("e5m2");
    policy.gradients.format = arithmetic::bf16;
    return policy;
}

TEST(Centred, WithoutAnOffsetAStepInEightBitsHasTheAnchorsGradientBitForBit) {
    Case c(eight_bits(), arithmetic::fp32);
    c.enqueue_step();
    EXPECT_EQ(c.step_gradients(), c.anchor_gradients());
}

TEST(Centred, TheErrorOfAStepInEightBitsShrinksWithTheOffset) {
    // What the offset adds is a difference of 1e-1 to 1e-4 of the gradient, and its relative error stays.
    std::vector<double> errors;
    for (const double delta : {0x1p-6, 0x1p-14}) {
        Case low(eight_bits(), arithmetic::fp32), exact(all_in(arithmetic::fp64), arithmetic::fp64);
        low.policies[0].gradients.format = arithmetic::fp32;
        std::uint32_t seed = 20;
        for (std::size_t i = 0; i < 3; ++i)
            for (const auto& [a, b] : {std::pair{&low.centred.layers[i].weight, &exact.centred.layers[i].weight},
                                       {&low.centred.layers[i].bias, &exact.centred.layers[i].bias}}) {
                a->delta = b->delta = delta;
                low.write(a->offset, ++seed, 1.5);
                const Tensor twin = exact.executor.allocate(Place::accelerator, Role::weight, a->offset.rows,
                                                            a->offset.columns, a->offset.format, "");
                exact.executor.write(twin, low.executor.peek(a->offset), "boot");
                exact.ops.enqueue(Place::accelerator, "boot", "fc",
                                  Conversion{.in = twin, .out = b->offset, .rounding = {}});
            }
        low.step = exact.step = delta;
        const auto offset_part = [](Case& c) {
            // The errors of the first layer are nothing but offset, and see every product.
            const Tensor& error = c.centred.layers[0].step.offset_error;
            return unpacked(error, c.executor.peek(error));
        };
        low.enqueue_step();
        exact.enqueue_step();
        const Numbers a = offset_part(low), b = offset_part(exact);
        double difference = 0, size = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            difference += (a[i] - b[i]) * (a[i] - b[i]);
            size += b[i] * b[i];
        }
        errors.push_back(std::sqrt(difference / size));
    }
    EXPECT_LT(errors[0], 0.4);
    EXPECT_LT(errors[1], 0.4) << "a part of the error does not shrink with the offset";
}

/// Softmax regression of the small problem, strongly convex by its weight decay.
TrainingConfig regression(const std::string& kind, const std::string& offset, const std::string& rounding) {
    TrainingConfig config = small_problem::config(12);
    config.optimizer = {.kind = kind, .learning_rate = 0.3, .weight_decay = 0.1, .batch = 20, .inner_steps = 60};
    config.optimizer.full_gradient.format = arithmetic::fp64;
    config.optimizer.mu = 0.2;
    config.optimizer.range = 0.5;
    config.precision.base = eight_bits();
    config.precision.base.weights = {arithmetic::parse_format(offset), arithmetic::parse_rounding(rounding)};
    return config;
}

struct Trained {
    std::vector<EpochDone> epochs;
    Status status = Status::completed;
    std::vector<std::vector<std::uint8_t>> anchors;  // of the weights, after each

    explicit Trained(const TrainingConfig& config, Executor* executor = nullptr) {
        const Dataset data = small_problem::dataset();
        const Network network = build({.name = "logistic_regression", .widths = {}}, 64, 10);
        check_centred(config, network, data);
        small_problem::Spy spy(config.seed);
        status =
            train_centred(config, network, data, {}, executor != nullptr ? *executor : spy, 1, [&](const Event& event) {
                if (const auto* done = std::get_if<EpochDone>(&event)) {
                    epochs.push_back(*done);
                    if (executor == nullptr)
                        anchors.push_back(spy.peek(spy.tensors.at({Place::accelerator, "anchor fc1.weight"})));
                }
                return true;
            });
    }
    double norm(std::size_t epoch) const { return epochs.at(epoch).outer->gradient_norm; }
};

TEST(Centred, HalpReachesGradientsThatAFixedGridOfTheSameBitsCannot) {
    const Trained halp(regression("halp", "e2m3fn", "sr8")), fixed(regression("lp_svrg", "e2m3fn", "sr8"));
    EXPECT_EQ(halp.status, Status::completed);
    EXPECT_LT(halp.norm(11), 1e-5);
    EXPECT_LT(halp.norm(11), 0.3 * halp.norm(9)) << "it does not go on";
    EXPECT_GT(fixed.norm(11), 20 * halp.norm(11));
    EXPECT_GT(*halp.epochs[11].test_accuracy, 0.9);
}

TEST(Centred, NearestRoundingOfSmallStepsLeavesTheAnchorBitForBit) {
    TrainingConfig config = regression("halp", "e4m3fn:sat", "rne");
    config.optimizer.learning_rate = 1e-6;
    config.optimizer.mu = 1e-3;
    config.epochs = 3;
    const Trained run(config);
    EXPECT_EQ(run.anchors[0], run.anchors[2]);
    config.precision.base.weights.rounding = arithmetic::parse_rounding("sr16");
    const Trained moving(config);
    EXPECT_NE(moving.anchors[0], moving.anchors[2]);
}

TEST(Centred, ValuesThatAreRecomputedLeadWhereCachedOnesDo) {
    TrainingConfig config = regression("halp", "e8m7", "rne");
    config.epochs = 3;
    const Trained cached(config);
    config.optimizer.anchor_values = AnchorValuesAt::recomputed;
    const Trained recomputed(config);
    EXPECT_EQ(cached.anchors, recomputed.anchors);
}

TEST(Centred, SvrgInBinary64IsHalpWithoutRounding) {
    TrainingConfig config = regression("svrg", "fp64", "rne");
    config.precision.base = all_in(arithmetic::fp64);
    const Trained svrg(config);
    EXPECT_LT(svrg.norm(11), 1e-5);
    EXPECT_EQ(*svrg.epochs[0].outer->delta, 1);
}

TEST(Centred, ABoxThatIsTooWideForItsBitsLeadsAway) {
    TrainingConfig config = regression("halp", "e2m1fn", "sr8");
    config.optimizer.mu = 0.02;
    const Trained run(config);
    EXPECT_GT(run.norm(11), 1.5 * run.norm(0));
}

TEST(Centred, WhatCannotTrainIsRefused) {
    const auto refusal = [](const std::function<void(TrainingConfig&)>& change) {
        TrainingConfig config = regression("halp", "e4m3fn", "sr8");
        change(config);
        const Dataset data = small_problem::dataset();
        try {
            check_centred(config, build({.name = "logistic_regression", .widths = {}}, 64, 10), data);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    using ::testing::StartsWith;
    EXPECT_EQ(refusal([](TrainingConfig&) {}), "nothing");
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.optimizer.momentum = 0.9; }),
                StartsWith("workload.optimizer.momentum is 0.9; allowed: 0 with halp"));
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.optimizer.mu = 0; }), StartsWith("workload.optimizer.mu is 0;"));
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.optimizer.batch = 201; }),
                StartsWith("workload.optimizer.batch is 201; allowed: 1 to 200"));
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.precision.base.weights.format = arithmetic::parse_format("e5m2"); }),
                StartsWith("precision.weights is e5m2; allowed: formats that saturate"));
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.precision.base.master_weights = Precision{}; }),
                StartsWith("precision.master_weights is e8m23; allowed: none with halp"));
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.precision.schedule.push_back({}); }),
                StartsWith("precision.schedule has rules"));
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.health.level = HealthConfig::Level::counts; }),
                StartsWith("health is on; allowed: off with halp"));
    EXPECT_THAT(refusal([](TrainingConfig& c) { c.loss_scale.kind = LossScaleConfig::Kind::dynamic; }),
                StartsWith("workload.loss_scale.kind is dynamic"));
    EXPECT_THAT(
        refusal([](TrainingConfig& c) { c.optimizer.full_gradient.format = arithmetic::parse_format("exp(bf16,2)"); }),
        StartsWith("workload.optimizer.full_gradient.format is exp(e8m7,2)"));
}

TEST(Centred, TheMemoryOfTheAnchorIsThatOfItsValues) {
    TrainingConfig config = regression("halp", "e4m3fn", "sr8");
    const Network network = three_layers();
    // Sums of 5 and 4 in 8 bits and 3 in 32, errors of 5 and 4 in 8: for 10 whole batches of 20 of 207 samples.
    EXPECT_EQ(centred_memory(config, network, 207).anchor_values, 200U * (5 + 4 + 3 * 4 + 5 + 4));
    EXPECT_EQ(centred_memory(config, network, 207).samples, 207U * (7 + 4));
    config.optimizer.anchor_values = AnchorValuesAt::recomputed;
    EXPECT_EQ(centred_memory(config, network, 207).anchor_values, 20U * (5 + 4 + 3 * 4 + 5 + 4));
}

}  // namespace
}  // namespace ulpsim::workloads
