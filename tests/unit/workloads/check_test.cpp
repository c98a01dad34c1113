#include <gtest/gtest.h>

#include <functional>

#include "models/arithmetic/error.hpp"
#include "tests/unit/workloads/small_problem.hpp"

namespace ulpsim::workloads {
namespace {

using Change = std::function<void(TrainingConfig&)>;

std::string error_of(const Change& change, const Placement& placement = {}) {
    TrainingConfig config = small_problem::config();
    change(config);
    const Dataset data = small_problem::dataset(100, 10);
    try {
        check(config, small_problem::network(), data, placement);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

arithmetic::Format format(const char* text) { return arithmetic::parse_format(text); }

TEST(Check, AcceptsWhatTrains) {
    EXPECT_EQ(error_of([](TrainingConfig&) {}), "no error");
    EXPECT_EQ(error_of([](TrainingConfig&) {}, {.loss = Place::host, .update = Place::host}), "no error");
}

TEST(Check, NamesTheKeyTheValueAndWhatIsAllowed) {
    const struct {
        Change change;
        const char* text;
    } cases[] = {
        {[](auto& c) { c.epochs = 0; }, "workload.epochs is 0; allowed: 1 or more"},
        {[](auto& c) { c.optimizer.kind = "adam"; },
         "workload.optimizer.kind is adam; allowed: sgd, svrg, lp_svrg, halp for this network"},
        {[](auto& c) { c.gradient_norm_goal = 1e-3; },
         "workload.gradient_norm_goal is 0.001; allowed: 0 where no full gradient is computed"},
        {[](auto& c) { c.optimizer.batch = 0; }, "workload.optimizer.batch is 0; allowed: 1 to 100"},
        {[](auto& c) { c.optimizer.batch = 101; }, "workload.optimizer.batch is 101; allowed: 1 to 100"},
        {[](auto& c) { c.optimizer.learning_rate = 0; },
         "workload.optimizer.learning_rate is 0; allowed: a number above 0"},
        {[](auto& c) { c.optimizer.momentum = 1; }, "workload.optimizer.momentum is 1; allowed: 0 up to, but not, 1"},
        {[](auto& c) { c.optimizer.weight_decay = -0.5; },
         "workload.optimizer.weight_decay is -0.5; allowed: 0 or more"},
        {[](auto& c) { c.loss_scale.value = 0; }, "workload.loss_scale.value is 0; allowed: a number above 0"},
        {[](auto& c) { c.loss_scale.growth_interval = 0; },
         "workload.loss_scale.growth_interval is 0; allowed: 1 or more"},
        {[](auto& c) { c.precision.layers["fc9"]; },
         "precision.layers.fc9 is no layer of the network; allowed: fc1, fc2"},
        {[](auto& c) { c.precision.schedule.push_back({.when = {.kind = Trigger::Kind::step}, .set = {}}); },
         "precision.schedule.0.when.step is 0; allowed: 1 or more"},
        {[](auto& c) { c.precision.base.errors.format = format("exp(bf16,2)"); },
         "precision.errors is exp(e8m7,2); allowed: any format but an expansion (expansions can be weights, "
         "activations, gradients, master_weights, and errors of a linear regression)"},
        {[](auto& c) { c.precision.base.activations.format = format("exp(bf16,2,4)"); },
         "precision.activations is exp(e8m7,2,4); allowed: expansions without a step, for their terms are multiplied"},
        {[](auto& c) {
             c.optimizer.kahan = true;
             c.precision.base.master_weights->format = format("exp(bf16,3)");
         },
         "precision.master_weights is exp(e8m7,3); allowed: exp(FORMAT,2), for workload.optimizer.kahan adds to two "
         "terms"},
        {[](auto& c) { c.precision.base.accumulator.format = format("e6m9"); },
         "precision.weights is e8m23; allowed: formats whose values are all values of the accumulator, e6m9 (it starts "
         "with the bias)"},
    };
    for (const auto& [change, text] : cases) EXPECT_EQ(error_of(change), text);
}

TEST(Check, RefusesWhatALayerOrARuleWouldBring) {
    EXPECT_EQ(error_of([](auto& c) {
                  c.precision.layers["fc2"].weights = Precision{.format = format("exp(bf16,2,4)"), .rounding = {}};
              }).substr(0, 47),
              "precision.layers.fc2.weights is exp(e8m7,2,4); ");
    EXPECT_EQ(error_of([](auto& c) {
                  Rule rule{.when = {.kind = Trigger::Kind::epoch, .at = 2, .patience = 0}, .set = {}};
                  rule.set.errors = Precision{.format = format("exp(bf16,2)"), .rounding = {}};
                  c.precision.schedule.push_back(rule);
              }).substr(0, 34),
              "precision.errors is exp(e8m7,2); a");
}

TEST(Check, ADynamicLossScaleMustSeeOverflows) {
    for (const char* text : {"e5m2:sat", "e2m3fn"}) {
        const std::string error = error_of([&](auto& c) {
            c.loss_scale.kind = LossScaleConfig::Kind::dynamic;
            c.precision.base.gradients.format = format(text);
        });
        EXPECT_EQ(error.find("precision.gradients is " + std::string(text)), 0u) << error;
    }
    for (const char* text : {"e5m2", "e4m3fn", "fp32"})
        EXPECT_EQ(error_of([&](auto& c) {
                      c.loss_scale.kind = LossScaleConfig::Kind::dynamic;
                      c.precision.base.gradients.format = format(text);
                  }),
                  "no error");
}

TEST(Check, TheHostNeedsMasterWeights) {
    EXPECT_EQ(error_of([](auto& c) { c.precision.base.master_weights.reset(); },
                       {.loss = Place::host, .update = Place::host}),
              "precision.master_weights is missing; allowed: a format, since the host keeps the weights");
    EXPECT_EQ(error_of([](auto& c) { c.precision.base.master_weights.reset(); }), "no error");
}

TEST(Check, TheNetworkMustFitTheData) {
    const Dataset data = small_problem::dataset(100, 10);
    EXPECT_THROW(check(small_problem::config(), build({}, 784, 10), data), Error);
}

}  // namespace
}  // namespace ulpsim::workloads
