// Training of the main job's network, end to end: steps a run stand for an epoch.
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "platform/architectures/simulation.hpp"
#include "tests/benchmarks/anchor.hpp"
#include "workloads/executor/reference_executor.hpp"

namespace ulpsim::benchmarks {
namespace {

using arithmetic::parse_format;
using workloads::Precision;

constexpr std::uint64_t batch = 64, steps_a_run = 200;

workloads::TrainingConfig training(platform::Kind kind) {
    workloads::TrainingConfig config;
    config.optimizer = {.kind = "sgd", .learning_rate = 0.01, .momentum = 0.9, .weight_decay = 0, .batch = batch};
    config.loss_scale.value = 1024;
    workloads::Policy& policy = config.precision.base;
    policy.weights.format = policy.activations.format = parse_format("e4m3fn");
    policy.errors.format = policy.gradients.format = parse_format("e5m2");
    const bool alone = kind == platform::Kind::accelerator_only;
    if (alone) policy.gradients.rounding = arithmetic::parse_rounding("sr8");
    policy.master_weights = Precision{parse_format(alone ? "exp(bf16,2)" : "fp32"), {}};
    if (alone) policy.optimizer_state.format = arithmetic::bf16;
    return config;
}

platform::PlatformConfig machine(platform::Kind kind) {
    platform::PlatformConfig config;
    config.kind = kind;
    config.dram.channels = 4;
    config.accelerator.operators = {parse_format("e4m3fn"), parse_format("e5m2")};
    config.accelerator.expansion_unit.lanes = 16;
    if (kind == platform::Kind::host_accelerator) config.host = {.model = "cortex_a53", .clock_mhz = 1200, .cores = 4};
    return config;
}

const workloads::Dataset& images() {
    static const workloads::Dataset data = [] {
        workloads::FashionMnistConfig config;
        config.train_samples = batch * steps_a_run;
        config.test_samples = 1;
        return workloads::load(config);
    }();
    return data;
}

bool go_on(const workloads::Event&) { return true; }

void train_on(workloads::Executor& executor, platform::Kind kind, const workloads::Observer& observer = go_on) {
    static const workloads::Network network = workloads::build({}, images().train.features, images().classes);
    workloads::train(training(kind), network, images(), platform::placement(kind), executor, 1, observer);
}

/// One product of a step, its operands being what training would hold.
struct StepProduct {
    arithmetic::Product product;
    std::vector<std::uint8_t> a, b, sums;
    std::uint64_t rows, columns, depth;

    StepProduct(const char* fa, const char* fb, bool ta, bool tb, std::uint64_t m, std::uint64_t n, std::uint64_t k)
        : rows(m), columns(n), depth(k) {
        product.dot.a = parse_format(fa);
        product.dot.b = parse_format(fb);
        product.transpose_a = ta;
        product.transpose_b = tb;
        a.assign(m * k, 0x31);
        b.assign(n * k, 0x2b);
        sums.resize(4 * m * n);
        product.a = ta ? dense(product.dot.a, std::as_const(a).data(), k, m)
                       : dense(product.dot.a, std::as_const(a).data(), m, k);
        product.b = tb ? dense(product.dot.b, std::as_const(b).data(), n, k)
                       : dense(product.dot.b, std::as_const(b).data(), k, n);
    }
    void run() {
        arithmetic::matrix_product(product, arithmetic::dense(arithmetic::fp32, sums.data(), rows, columns),
                                   {{}, 0, 0, columns}, 1);
    }
};

std::vector<StepProduct> products_of_a_step() {
    constexpr std::uint64_t widths[] = {784, 256, 128, 10};
    std::vector<StepProduct> products;
    for (int layer = 0; layer < 3; ++layer) {
        const std::uint64_t in = widths[layer], out = widths[layer + 1];
        products.emplace_back("e4m3fn", "e4m3fn", false, true, batch, out, in);  // forward
        products.emplace_back("e5m2", "e4m3fn", true, false, out, in, batch);    // gradient of the weights
        if (layer > 0) products.emplace_back("e5m2", "e4m3fn", false, false, batch, in, out);  // errors
    }
    return products;
}

/// CPU seconds of the steps after the first, which the training's start does not burden.
double reference_steps(platform::Kind kind) {
    workloads::ReferenceExecutor executor(1, 1);
    double first = 0, last = 0;
    train_on(executor, kind, [&](const workloads::Event& event) {
        const auto* step = std::get_if<workloads::StepDone>(&event);
        if (step != nullptr && step->step == 1) first = thread_seconds();
        if (step != nullptr && step->step == steps_a_run) last = thread_seconds();
        return true;
    });
    return last - first;
}

/// Beside its own matrix products.
void reference_epoch(benchmark::State& state, const Run& which, platform::Kind kind) {
    auto products = products_of_a_step();
    std::vector<double> times, anchors;
    for (auto _ : state) {
        times.push_back(reference_steps(kind));
        const double start = thread_seconds();
        for (std::uint64_t step = 1; step < steps_a_run; ++step)
            for (auto& product : products) product.run();
        anchors.push_back(thread_seconds() - start);
        state.SetIterationTime(times.back());
    }
    report_times_anchor(state, which, times, anchors);
}

double seconds(const std::function<void()>& body) {
    const double start = thread_seconds();
    body();
    return thread_seconds() - start;
}

/// A child shares its parent's pages, but finds each at its first use: not to be timed.
void touch(const std::vector<std::uint8_t>& values) {
    constexpr std::size_t page = 4096;
    for (std::size_t i = 0; i < values.size(); i += page) benchmark::DoNotOptimize(values[i]);
}

/// One elaboration a process: a child runs the machine and writes what CPU time the training took.
double train_on_the_platform(platform::Kind kind) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    if (fork() == 0) {
        touch(images().train.codes);
        platform::Simulation simulation(machine(kind), {.seed = 1, .threads = 1});
        const double taken =
            seconds([&] { simulation.run([&](workloads::Executor& executor) { train_on(executor, kind); }); });
        _exit(write(ends[1], &taken, sizeof taken) == sizeof taken ? 0 : 1);
    }
    close(ends[1]);
    double taken = 0;
    const bool got = read(ends[0], &taken, sizeof taken) == sizeof taken;
    close(ends[0]);
    wait(nullptr);
    if (!got) throw std::runtime_error("the machine did not finish");
    return taken;
}

/// Beside the same training on the reference executor.
void platform_epoch(benchmark::State& state, const Run& which, platform::Kind kind) {
    images();
    std::vector<double> times, anchors;
    for (auto _ : state) {
        times.push_back(train_on_the_platform(kind));
        anchors.push_back(seconds([&] {
            workloads::ReferenceExecutor executor(1, 1);
            train_on(executor, kind);
        }));
        state.SetIterationTime(times.back());
    }
    report_times_anchor(state, which, times, anchors);
}

const bool registered = [] {
    using platform::Kind;
    for (const auto& [name, kind] : {std::pair{"accelerator_only", Kind::accelerator_only},
                                     std::pair{"host_accelerator", Kind::host_accelerator}}) {
        const auto add = [](const std::string& stem, auto body, Kind k) {
            benchmark::RegisterBenchmark(
                stem.c_str(), [body, k, which = Run{stem}](benchmark::State& state) { body(state, which, k); })
                ->UseManualTime()
                ->MinTime(0.5);
        };
        add(std::string("train_mlp_epoch/reference/") + name, reference_epoch, kind);
        add(std::string("train_mlp_epoch/platform/") + name, platform_epoch, kind);
    }
    return true;
}();

}  // namespace
}  // namespace ulpsim::benchmarks
