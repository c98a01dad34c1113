// Where the wall time of a run on each architecture goes: one epoch of the main job's network over 32,000 images, once with
// values, once without. What remains without values is SystemC's kernel, the models and the runtime; arithmetic is measured
// inside its own calls (decoding and encoding of tiles included); the difference is packed bytes being moved between memories,
// and batches being made.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "platform/architectures/simulation.hpp"

namespace ulpsim {
namespace {

using workloads::Precision;

struct Split {
    double wall = 0, arithmetic = 0;
    std::uint64_t transactions = 0, commands = 0;
};

workloads::TrainingConfig training(platform::Kind kind) {
    workloads::TrainingConfig config;
    config.optimizer = {.kind = "sgd", .learning_rate = 0.01, .momentum = 0.9, .weight_decay = 0, .batch = 64};
    config.loss_scale.value = 1024;
    workloads::Policy& policy = config.precision.base;
    policy.weights.format = policy.activations.format = arithmetic::parse_format("e4m3fn");
    policy.errors.format = policy.gradients.format = arithmetic::parse_format("e5m2");
    policy.gradients.rounding = arithmetic::parse_rounding("sr8");
    const bool alone = kind == platform::Kind::accelerator_only;
    policy.master_weights = Precision{arithmetic::parse_format(alone ? "exp(bf16,2)" : "fp32"), {}};
    if (alone) policy.optimizer_state.format = arithmetic::bf16;
    return config;
}

platform::PlatformConfig machine(platform::Kind kind) {
    platform::PlatformConfig config;
    config.kind = kind;
    config.dram.channels = 4;
    config.accelerator.operators = {arithmetic::parse_format("e4m3fn"), arithmetic::parse_format("e5m2")};
    config.accelerator.expansion_unit.lanes = 16;
    if (kind == platform::Kind::host_accelerator) config.host = {.model = "cortex_a53", .clock_mhz = 1200, .cores = 4};
    return config;
}

Split run(platform::Kind kind, bool values, const workloads::Dataset& data) {
    const workloads::Network network = workloads::build({}, data.train.features, data.classes);
    platform::Simulation simulation(machine(kind), {.seed = 1, .threads = 1, .values = values});
    const auto start = std::chrono::steady_clock::now();
    simulation.run([&](workloads::Executor& executor) {
        train(training(kind), network, data, platform::placement(kind), executor, 1, [](const auto&) { return true; });
    });
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    return {wall.count(), simulation.arithmetic_seconds(), simulation.transactions(), simulation.commands()};
}

/// One elaboration a process: each run is a child that writes its figures to a pipe.
Split in_child(platform::Kind kind, bool values, const workloads::Dataset& data) {
    int ends[2];
    if (pipe(ends) != 0) std::exit(1);
    if (fork() == 0) {
        const Split split = run(kind, values, data);
        _exit(write(ends[1], &split, sizeof split) == sizeof split ? 0 : 1);
    }
    close(ends[1]);
    Split split;
    if (read(ends[0], &split, sizeof split) != sizeof split) std::exit(1);
    close(ends[0]);
    wait(nullptr);
    return split;
}

void report(const char* name, platform::Kind kind, const workloads::Dataset& data) {
    const Split with = in_child(kind, true, data), without = in_child(kind, false, data);
    const double moving = with.wall - with.arithmetic - without.wall;
    const auto share = [&](double seconds) { return 100 * seconds / with.wall; };
    std::printf(
        "%-18s %6.2f s: arithmetic %5.1f %%, moving bytes and making batches %5.1f %%, kernel and models %5.1f %%; "
        "%.2f us a command, %.2f us a transaction\n",
        name, with.wall, share(with.arithmetic), share(moving), share(without.wall),
        1e6 * without.wall / static_cast<double>(without.commands),
        1e6 * without.wall / static_cast<double>(without.transactions));
}

}  // namespace
}  // namespace ulpsim

int main() {
    using namespace ulpsim;
    workloads::FashionMnistConfig config;
    config.train_samples = 32000;
    config.test_samples = 1;
    const workloads::Dataset data = workloads::load(config);
    report("host_accelerator", platform::Kind::host_accelerator, data);
    report("accelerator_only", platform::Kind::accelerator_only, data);
    return 0;
}
