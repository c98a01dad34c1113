// Gradients of a whole step in binary64 against central differences of the loss that the step itself reports, and that
// loss against the plain formula.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/unit/workloads/small_problem.hpp"
#include "workloads/layers/initialisation.hpp"
#include "workloads/training/batches.hpp"
#include "workloads/training/metrics.hpp"
#include "workloads/training/step.hpp"

namespace ulpsim::workloads {
namespace {

using arithmetic::fp64;

constexpr std::uint64_t batch = 6, features = 5, classes = 3;

/// One step of a small network with everything in binary64.
class Step {
public:
    explicit Step(const std::vector<std::uint64_t>& widths, const Placement& placement = {},
                  BatchAverage average = BatchAverage::after_product, double loss_scale = 1, std::uint64_t rows = batch)
        : samples_(small_problem::samples(batch, 4, features, classes)),
          network_(build({.name = "", .widths = widths}, features, classes)),
          factors_(average, loss_scale, rows),
          rows_(rows),
          ops_(executor_),
          model_(network_, config(), placement, std::vector<Policy>(widths.size(), config().precision.base), batch,
                 ops_),
          metrics_(executor_.allocate(placement.loss, Role::metric, 1, 2, fp64, "metrics")) {
        std::vector<std::uint32_t> which(rows);
        std::iota(which.begin(), which.end(), 0u);
        executor_.write(model_.input(0).first_rows(rows), packed_features(samples_, which, fp64), "transfer");
        executor_.write(model_.labels(0).first_rows(rows), packed_labels(samples_, which), "transfer");
    }

    static TrainingConfig config() {
        TrainingConfig config;
        config.optimizer = {
            .kind = "sgd", .learning_rate = 0.125, .momentum = 0.5, .weight_decay = 0.25, .batch = batch};
        config.precision = small_problem::all(fp64);
        return config;
    }

    const Network& network() const { return network_; }
    const Samples& samples() const { return samples_; }
    const Model& model() const { return model_; }

    /// The mean loss of the batch.
    double run() {
        enqueue_gradients(model_, 0, rows_, factors_, metrics_, 0, ops_);
        return values(metrics_)[0] / static_cast<double>(rows_);
    }
    void update() { enqueue_update(model_, config().optimizer, factors_.unscale, {}, ops_); }

    std::vector<double> values(const Tensor& tensor) { return unpacked(tensor, executor_.peek(tensor)); }
    void write(const Tensor& tensor, const std::vector<double>& values) {
        std::vector<std::uint8_t> bytes(values.size() * 8);
        arithmetic::pack(fp64, values.data(), 0, values.size(), bytes.data());
        executor_.write(tensor, bytes, "other");
    }

private:
    small_problem::Spy executor_;
    Samples samples_;
    Network network_;
    StepFactors factors_;
    std::uint64_t rows_;
    OpSequence ops_;
    Model model_;
    Tensor metrics_;
};

/// Central differences over +-h: error h^2 f'''/6 + rounding u f / h, together near 1e-10 for h = 1e-5 and values
/// near 1.
void expect_gradient(Step& step, const Parameter& parameter) {
    constexpr double h = 1e-5, tolerance = 1e-8;
    step.run();
    const std::vector<double> gradient = step.values(parameter.gradient);
    const std::vector<double> weights = step.values(parameter.weight);
    double largest = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        std::vector<double> moved = weights;
        moved[i] = weights[i] + h;
        step.write(parameter.weight, moved);
        const double above = step.run();
        moved[i] = weights[i] - h;
        step.write(parameter.weight, moved);
        const double below = step.run();
        EXPECT_NEAR(gradient[i], (above - below) / (2 * h), tolerance) << parameter.name << " " << i;
        largest = std::max(largest, std::abs(gradient[i]));
    }
    step.write(parameter.weight, weights);
    EXPECT_GT(largest, 1e-3) << parameter.name;  // the comparison is not one of zeros
}

TEST(Gradient, OfALinearLayerIsThatOfTheLoss) {
    Step step({classes});
    expect_gradient(step, step.model().layers()[0].weight);
    expect_gradient(step, step.model().layers()[0].bias);
}

TEST(Gradient, OfLayersWithReluIsThatOfTheLoss) {
    Step step({7, 4, classes});
    for (const LayerState& layer : step.model().layers()) {
        expect_gradient(step, layer.weight);
        expect_gradient(step, layer.bias);
    }
}

TEST(Gradient, OfAPartialBatchIsThatOfItsSamples) {
    Step step({4, classes}, {}, BatchAverage::after_product, 1, batch - 1);
    expect_gradient(step, step.model().layers()[0].weight);
    expect_gradient(step, step.model().layers()[1].bias);
}

TEST(Gradient, TheForwardPassIsThePlainFormula) {
    Step step({4, classes});
    const double loss = step.run();
    const auto w1 = step.values(step.model().layers()[0].weight.weight);
    const auto w2 = step.values(step.model().layers()[1].weight.weight);
    double expected = 0;
    for (std::uint64_t sample = 0; sample < batch; ++sample) {  // biases are 0
        double hidden[4] = {}, logits[classes] = {}, sum = 0;
        for (std::uint64_t j = 0; j < 4; ++j) {
            for (std::uint64_t i = 0; i < features; ++i)
                hidden[j] += w1[j * features + i] * static_cast<double>(step.samples().values[sample * features + i]);
            hidden[j] = std::max(hidden[j], 0.0);
        }
        for (std::uint64_t j = 0; j < classes; ++j) {
            for (std::uint64_t i = 0; i < 4; ++i) logits[j] += w2[j * 4 + i] * hidden[i];
            sum += std::exp(logits[j]);
        }
        expected += std::log(sum) - logits[step.samples().labels[sample]];
    }
    EXPECT_NEAR(loss, expected / static_cast<double>(batch), 1e-14);
}

/// All gradients and, after the update, all master weights.
std::vector<std::vector<double>> outcome(Step& step) {
    std::vector<std::vector<double>> tensors;
    step.run();
    step.update();
    step.run();
    step.update();  // twice: the second one meets a velocity
    for (const LayerState& layer : step.model().layers())
        for (const Parameter* parameter : {&layer.weight, &layer.bias})
            tensors.push_back(step.values(parameter->state.master));
    return tensors;
}

TEST(Gradient, ScalesThatArePowersOfTwoChangeNothing) {
    constexpr std::uint64_t rows = 4;  // 1/4 is exact too
    Step plain({4, classes}, {}, BatchAverage::after_product, 1, rows);
    Step scaled({4, classes}, {}, BatchAverage::after_product, 1024, rows);
    Step in_loss({4, classes}, {}, BatchAverage::in_loss, 1024, rows);
    const auto expected = outcome(plain);
    EXPECT_EQ(outcome(scaled), expected);
    EXPECT_EQ(outcome(in_loss), expected);
}

TEST(Gradient, TheBatchFactorMayStandInEitherPlace) {
    Step after({4, classes}, {}, BatchAverage::after_product, 3, 5);
    Step in_loss({4, classes}, {}, BatchAverage::in_loss, 3, 5);
    const auto expected = outcome(after), seen = outcome(in_loss);
    for (std::size_t t = 0; t < expected.size(); ++t)
        for (std::size_t i = 0; i < expected[t].size(); ++i)
            EXPECT_NEAR(seen[t][i], expected[t][i], 1e-15);  // a few roundings of values below 1
}

TEST(Gradient, TheUpdateIsThatOfMomentumAndWeightDecay) {
    Step step({classes});
    const LayerState& layer = step.model().layers()[0];
    const TrainingConfig config = Step::config();
    std::vector<double> w = step.values(layer.weight.weight), v(w.size());
    for (int round = 0; round < 2; ++round) {
        step.run();
        const std::vector<double> g = step.values(layer.weight.gradient);
        step.update();
        for (std::size_t i = 0; i < w.size(); ++i) {
            v[i] = config.optimizer.momentum * v[i] + (g[i] + config.optimizer.weight_decay * w[i]);
            w[i] -= config.optimizer.learning_rate * v[i];
        }
        const std::vector<double> seen = step.values(layer.weight.weight);
        for (std::size_t i = 0; i < w.size(); ++i) EXPECT_NEAR(seen[i], w[i], 1e-15) << round;
    }
}

TEST(Gradient, TheHostMayKeepLossAndWeights) {
    Step accelerator({4, classes});
    Step host({4, classes}, {.loss = Place::host, .update = Place::host});
    EXPECT_EQ(outcome(host), outcome(accelerator));
}

}  // namespace
}  // namespace ulpsim::workloads
