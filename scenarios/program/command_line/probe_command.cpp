#include <cmath>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/results/json_writer.hpp"
#include "scenarios/program/results/run_results.hpp"
#include "workloads/precision/admissible.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;
using workloads::Place;
using workloads::Role;

struct Gemm {
    std::uint64_t m = 0, n = 0, k = 0;
};

std::uint64_t size(const Arguments& arguments, const std::string& name) {
    if (!arguments.contains(name)) throw Error("ulpsim probe gemm: --" + name + " is missing; allowed: 1 to 65536");
    const std::string word = arguments[name].as<std::string>();
    const bool digits = word.size() < 7 && !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoul(word) < 1 || std::stoul(word) > 65536) {
        throw Error("ulpsim probe gemm: --" + name + " is " + word + "; allowed: 1 to 65536");
    }
    return std::stoul(word);
}

/// What the machine had done at one moment.
struct Reading {
    double seconds = 0;
    power::Femtojoules energy = 0;
    std::uint64_t macs = 0, array_cycles = 0, commands = 0;
    platform::Traffic traffic;
};

Reading read(const platform::Simulation& simulation, const power::Technology& technology) {
    const Moment cost = moment(simulation, technology);
    return {cost.seconds,          cost.energy,         simulation.macs(), simulation.array_cycles(),
            simulation.commands(), simulation.traffic()};
}

// Sizes move instead of bytes: times and energies do not depend on the data.
std::string probe(const ScenarioFile& file, const Gemm& gemm) {
    const Scenario& scenario = file.scenario();
    const power::Technology technology = read_technology(scenario.platform.technology);
    const workloads::Policy& policy = scenario.training.precision.base;
    platform::Simulation simulation(scenario.platform, {.seed = scenario.training.seed, .threads = 1, .values = false});
    Reading before, after;
    const auto program = [&](workloads::Executor& executor) {
        const auto tensor = [&](Role role, std::uint64_t rows, std::uint64_t columns,
                                const workloads::Precision& precision, const char* name) {
            return executor.allocate(Place::accelerator, role, rows, columns, precision.format, name);
        };
        workloads::MatrixProduct product;
        product.dot = workloads::dot_of(policy, policy.activations.format, policy.weights.format);
        product.a = tensor(Role::activation, gemm.m, gemm.k, policy.activations, "a");
        product.b = tensor(Role::weight, gemm.k, gemm.n, policy.weights, "b");
        product.out = tensor(Role::activation, gemm.m, gemm.n, policy.activations, "out");
        product.rounding = policy.activations.rounding;
        executor.wait("other");
        before = read(simulation, technology);
        executor.enqueue(
            {.what = product, .place = Place::accelerator, .number = 1, .phase = "forward", .layer = "gemm"});
        executor.wait("other");
        after = read(simulation, technology);
    };
    file.check("platform", [&] { simulation.run(program); });
    const double seconds = after.seconds - before.seconds;
    const auto cycles =
        static_cast<std::uint64_t>(std::llround(seconds * scenario.platform.accelerator.clock_mhz * 1e6));
    const platform::ArrayConfig& array = scenario.platform.accelerator.array;
    const std::uint64_t macs = after.macs - before.macs;
    JsonWriter json;
    json.begin_object().member("cycles", cycles).member("compute_cycles", after.array_cycles - before.array_cycles);
    json.member("seconds", seconds);
    json.key("energy_j").number(power::joules_text(after.energy - before.energy)).member("macs", macs);
    json.member("utilisation", static_cast<double>(macs) / (static_cast<double>(cycles) * array.rows * array.columns));
    json.member("dram_read_bytes", after.traffic.dram_read_bytes - before.traffic.dram_read_bytes);
    json.member("dram_write_bytes", after.traffic.dram_write_bytes - before.traffic.dram_write_bytes);
    return json.member("commands", after.commands - before.commands).end_object().text();
}

}  // namespace

Syntax probe_syntax() {
    Syntax syntax{
        .usage = "probe gemm --m M --n N --k K [SCENARIO] [--set key.path=value]...",
        .purpose =
            "One matrix product (m x k) (k x n) on the scenario's platform, in the formats of its activations,\n"
            "weights and accumulator, from submission to the last byte written; as JSON. utilisation is the share\n"
            "of the array's multiplier cycles in use; compute_cycles is the array alone, without waiting for data.\n"
            "Without a scenario: fashion_mnist/accelerator_only.",
        .options = po::options_description("options"),
        .positional = "WHAT",
        .most_positional = 2};
    syntax.options.add_options()("m", po::value<std::string>()->value_name("M"), "rows of the result")(
        "n", po::value<std::string>()->value_name("N"), "columns of the result")(
        "k", po::value<std::string>()->value_name("K"), "length of the sums");
    add_override_options(syntax.options);
    return syntax;
}

int probe_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words what = positional(arguments, syntax);
    if (what.empty() || what.front() != "gemm") {
        throw Error("ulpsim probe: " + (what.empty() ? "an operation is missing" : what.front() + " is not known") +
                    "; allowed: gemm");
    }
    const Gemm gemm{size(arguments, "m"), size(arguments, "n"), size(arguments, "k")};
    const std::filesystem::path scenario = what.size() > 1
                                               ? std::filesystem::path(what[1])
                                               : source_root() / "scenarios/fashion_mnist/accelerator_only.yaml";
    std::cout << probe(ScenarioFile::open(scenario, overrides(arguments)), gemm);
    return exit_done;
}

}  // namespace ulpsim::program
