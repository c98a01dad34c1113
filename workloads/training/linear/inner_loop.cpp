#include "workloads/training/linear/inner_loop.hpp"

#include <algorithm>

#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::workloads {
namespace {

// Out of the way of the training's numbers and of those of its evaluation.
constexpr std::uint64_t first_number = std::uint64_t{3} << 61;

}  // namespace

InnerLoop::InnerLoop(const LinearProblem& problem, const OptimizerConfig& optimizer, const Policy& policy, Place at,
                     StepScales& scales, Executor& executor)
    : method(method_of(optimizer.kind)), place(at), optimizer_(optimizer), policy_(policy), layer_(problem.layer.name) {
    const auto matrix = [&](Role role, const arithmetic::Format& format, const char* name) {
        return executor.allocate(place, role, problem.layer.outputs, problem.inputs(), format, name);
    };
    const Precision& master = policy_.master_weights ? *policy_.master_weights : policy_.weights;
    const bool offset = method == Method::halp;
    weights = matrix(Role::weight, master.format, offset ? "offset" : "weights");
    if (has_grid(method) && !offset) scales.unit = grid_unit(optimizer_.range, master.format);
    const StepKind kind = !has_anchor(method) ? StepKind::plain : offset ? StepKind::offset : StepKind::difference;
    gradients = step_gradients(problem, place, kind, policy_, scales, executor);
    if (has_anchor(method)) shift = matrix(Role::gradient, policy_.gradients.format, "shift");
    if (offset) no_offset = matrix(Role::weight, master.format, "no_offset");
    if (gradients->reads_differences()) start = matrix(Role::weight, master.format, "weights_at_anchor");
    if (start || policy_.master_weights) point = matrix(Role::weight, policy_.weights.format, "point");
}

void InnerLoop::enqueue_step(const StepScales& scales, OpSequence& body) const {
    if (start) {
        body.enqueue(place, "inner", layer_,
                     Combination{.a = weights,
                                 .b = start,
                                 .out = point,
                                 .factor = -1,
                                 .mask = {},
                                 .rounding = policy_.weights.rounding});
    }
    gradients->enqueue(point ? point : weights, shift, scales, body);
    body.enqueue(place, "inner", layer_, update(scales));
}

Update InnerLoop::update(const StepScales& scales) const {
    Update update;
    update.gradient = gradients->gradient();
    update.master = weights;
    update.operation = {.learning_rate = has_grid(method) ? 1 : optimizer_.learning_rate,
                        .weight_decay = scales.rate * optimizer_.weight_decay,
                        .state = policy_.optimizer_state.format,
                        .state_rounding = policy_.optimizer_state.rounding,
                        .master_rounding = policy_.weights.rounding,
                        .weight_rounding = policy_.weights.rounding};
    if (policy_.master_weights) update.operation.master_rounding = policy_.master_weights->rounding;
    if (point && !start) update.weight = point;
    return update;
}

StillSteps::StillSteps(const LinearProblem& problem, const OptimizerConfig& optimizer, const Policy& policy,
                       StepScales scales, std::uint64_t seed)
    : samples_(problem.samples->first(std::min(problem.samples->count(), steps * problem.batch))),
      problem_{&samples_, problem.layer, problem.weight_decay, problem.batch},
      executor_(std::make_unique<ReferenceExecutor>(seed, 1)),
      ops_(*executor_, first_number),
      loop_(problem_, optimizer, policy, Place::accelerator, scales, *executor_) {}

double StillSteps::share(const InnerLoop& loop, const StepScales& scales, Executor& executor) {
    const auto copy = [&](const Tensor& from, const Tensor& to) {
        if (from) executor_->write(to, executor.peek(from.first_rows(to.rows)), "other");
    };
    copy(loop.weights, loop_.weights);
    copy(loop.point, loop_.point);
    copy(loop.start, loop_.start);
    copy(loop.shift, loop_.shift);
    copy(loop.gradients->anchored(), loop_.gradients->anchored());
    std::uint64_t still = 0;
    for (std::uint64_t step = 0; step < steps; ++step) {
        const std::vector<std::uint8_t> before = executor_->peek(loop_.weights);
        const std::uint64_t blocks = loop_.gradients->blocks();
        ops_.program(Place::accelerator, 1, blocks, true, [&](OpSequence& body) { loop_.enqueue_step(scales, body); });
        still += executor_->peek(loop_.weights) == before ? 1 : 0;
    }
    return static_cast<double>(still) / static_cast<double>(steps);
}

}  // namespace ulpsim::workloads
