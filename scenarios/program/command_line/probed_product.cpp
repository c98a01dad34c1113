#include "scenarios/program/command_line/probed_product.hpp"

#include <cmath>

#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/results/number_text.hpp"
#include "scenarios/program/results/run_results.hpp"
#include "workloads/precision/admissible.hpp"

namespace ulpsim::program {
namespace {

using workloads::Place;
using workloads::Role;

/// What the machine had done at one moment.
struct State {
    Moment cost;
    std::uint64_t macs = 0, array_cycles = 0, commands = 0;
    platform::Traffic traffic;
};

State state(const platform::Simulation& simulation, const power::Technology& technology) {
    return {moment(simulation, technology), simulation.macs(), simulation.array_cycles(), simulation.commands(),
            simulation.traffic()};
}

ProbedProduct between(const State& before, const State& after, double clock_mhz) {
    const double seconds = after.cost.seconds - before.cost.seconds;
    return {.cycles = static_cast<std::uint64_t>(std::llround(seconds * clock_mhz * 1e6)),
            .compute_cycles = after.array_cycles - before.array_cycles,
            .seconds = seconds,
            .energy = after.cost.energy - before.cost.energy,
            .macs = after.macs - before.macs,
            .dram_read_bytes = after.traffic.dram_read_bytes - before.traffic.dram_read_bytes,
            .dram_write_bytes = after.traffic.dram_write_bytes - before.traffic.dram_write_bytes,
            .commands = after.commands - before.commands};
}

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

// The share of `parts` rows or columns that `size` fills when it is cut into them.
double filled(std::uint64_t size, std::uint64_t parts) {
    return static_cast<double>(size) / static_cast<double>(ceil_div(size, parts) * parts);
}

}  // namespace

std::vector<ProbedProduct> probe_products(const ScenarioFile& file, const std::vector<GemmShape>& shapes) {
    const Scenario& scenario = file.scenario();
    const power::Technology technology = read_technology(scenario.platform.technology);
    const workloads::Policy& policy = scenario.training.precision.base;
    platform::Simulation simulation(scenario.platform, {.seed = scenario.training.seed, .threads = 1, .values = false});
    std::vector<ProbedProduct> products;
    const auto program = [&](workloads::Executor& executor) {
        const auto tensor = [&](Role role, std::uint64_t rows, std::uint64_t columns,
                                const workloads::Precision& precision, const char* name) {
            return executor.allocate(Place::accelerator, role, rows, columns, precision.format, name);
        };
        for (const GemmShape& shape : shapes) {
            workloads::MatrixProduct product;
            product.dot = workloads::dot_of(policy, policy.activations.format, policy.weights.format);
            product.a = tensor(Role::activation, shape.m, shape.k, policy.activations, "a");
            product.b = tensor(Role::weight, shape.k, shape.n, policy.weights, "b");
            product.out = tensor(Role::activation, shape.m, shape.n, policy.activations, "out");
            product.rounding = policy.activations.rounding;
            executor.wait("other");
            const State before = state(simulation, technology);
            executor.enqueue({.what = product,
                              .place = Place::accelerator,
                              .number = products.size() + 1,
                              .phase = "forward",
                              .layer = "gemm"});
            executor.wait("other");
            products.push_back(between(before, state(simulation, technology), scenario.platform.accelerator.clock_mhz));
            for (const workloads::Tensor& used : {product.a, product.b, product.out}) executor.release(used);
        }
    };
    file.simulate([&] { simulation.run(program); });
    return products;
}

double utilisation(const ProbedProduct& product, const platform::ArrayConfig& array) {
    return static_cast<double>(product.macs) / (static_cast<double>(product.cycles) * array.rows * array.columns);
}

double mapping_efficiency(const GemmShape& shape, const platform::ArrayConfig& array) {
    const platform::Dataflow dataflow = array.dataflow;
    if (dataflow == platform::Dataflow::weight_stationary)
        return filled(shape.k, array.rows) * filled(shape.n, array.columns);
    if (dataflow == platform::Dataflow::input_stationary)
        return filled(shape.k, array.rows) * filled(shape.m, array.columns);
    return filled(shape.m, array.rows) * filled(shape.n, array.columns);
}

void write_members(JsonWriter& json, const ProbedProduct& product, const platform::ArrayConfig& array) {
    json.member("cycles", product.cycles).member("compute_cycles", product.compute_cycles);
    json.member("seconds", product.seconds);
    json.key("energy_j").number(power::joules_text(product.energy)).member("macs", product.macs);
    json.member("utilisation", utilisation(product, array));
    json.member("dram_read_bytes", product.dram_read_bytes).member("dram_write_bytes", product.dram_write_bytes);
    json.member("commands", product.commands);
}

std::string compute_report(const std::vector<GemmShape>& shapes, const std::vector<ProbedProduct>& products,
                           const platform::ArrayConfig& array) {
    std::string text = "LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute Util %,\n";
    for (std::size_t i = 0; i < products.size(); ++i) {
        const ProbedProduct& product = products[i];
        ProbedProduct alone = product;
        alone.cycles = product.compute_cycles;
        text += std::to_string(i) + ", " + std::to_string(product.cycles) + ", " +
                std::to_string(product.cycles - product.compute_cycles) + ", " +
                number_text(100 * utilisation(product, array)) + ", " +
                number_text(100 * mapping_efficiency(shapes[i], array)) + ", " +
                number_text(100 * utilisation(alone, array)) + ",\n";
    }
    return text;
}

}  // namespace ulpsim::program
