// What a whole run on a platform must keep: the switch of values, conservation, activity, determinism, DRAM bytes.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/accelerator/command.hpp"
#include "platform/architectures/simulation.hpp"
#include "power/ledger/account.hpp"
#include "tests/integration/training_case.hpp"
#include "tests/support/asic28.hpp"

namespace ulpsim::test {
namespace {

using platform::Kind;

/// Everything that a run cost, as values that can be compared.
struct Cost {
    std::uint64_t picoseconds = 0;
    std::vector<std::string> cells;
    std::map<std::string, std::uint64_t> phases;
    std::map<std::string, std::vector<std::uint64_t>> activity;
    std::uint64_t dram_read = 0, dram_write = 0, channel = 0, commands = 0, transactions = 0, macs = 0;
    friend bool operator==(const Cost&, const Cost&) = default;
};

Cost cost(const platform::Simulation& simulation) {
    Cost c;
    const power::Ledger& ledger = simulation.ledger();
    c.picoseconds = ledger.now_ps();
    for (const power::Cell& cell : ledger.cells()) {
        c.cells.push_back(cell.component + " " + cell.operation_text + " " + cell.phase + " " + cell.layer + " " +
                          std::to_string(cell.count));
    }
    c.phases = ledger.phase_ps();
    for (const auto& [component, activity] : ledger.activity()) {
        std::vector<std::uint64_t>& times = c.activity[component];
        times.push_back(activity.busy_ps);
        for (const auto& [cause, time] : activity.stalled_ps) times.push_back(time);
    }
    const platform::Traffic traffic = simulation.traffic();
    c.dram_read = traffic.dram_read_bytes;
    c.dram_write = traffic.dram_write_bytes;
    c.channel = traffic.channel_bytes;
    c.commands = simulation.commands();
    c.transactions = simulation.transactions();
    c.macs = simulation.macs();
    return c;
}

void run(platform::Simulation& simulation, Kind kind, const workloads::TrainingConfig& training, unsigned threads = 1) {
    const workloads::Dataset data = three_classes();
    simulation.run([&](workloads::Executor& executor) {
        train(training, network_case(data), data, platform::placement(kind), executor, threads,
              [](const workloads::Event&) { return true; });
    });
}

/// The same run in a child process (SystemC allows one elaboration a process); its cost comes back as text.
std::string cost_of_child(Kind kind, const platform::SimulationOptions& options,
                          const workloads::TrainingConfig& training = training_case()) {
    int ends[2];
    if (pipe(ends) != 0) return "no pipe";
    const pid_t child = fork();
    if (child == 0) {
        platform::Simulation simulation(platform_case(kind), options);
        run(simulation, kind, training, options.threads);
        const Cost c = cost(simulation);
        std::string text = std::to_string(c.picoseconds) + " " + std::to_string(c.dram_read) + " " +
                           std::to_string(c.dram_write) + " " + std::to_string(c.channel) + " " +
                           std::to_string(c.commands) + " " + std::to_string(c.transactions) + " " +
                           std::to_string(c.macs);
        for (const std::string& cell : c.cells) text += "\n" + cell;
        for (const auto& [phase, time] : c.phases) text += "\n" + phase + " " + std::to_string(time);
        for (const auto& [component, times] : c.activity) {
            text += "\n" + component;
            for (const std::uint64_t time : times) text += " " + std::to_string(time);
        }
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t n = write(ends[1], text.data() + done, text.size() - done);
            if (n <= 0) _exit(1);
            done += static_cast<std::size_t>(n);
        }
        _exit(0);
    }
    close(ends[1]);
    std::string text;
    char buffer[65536];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0 ? text : "child failed: " + text;
}

class BothArchitectures : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, BothArchitectures, testing::Values(Kind::accelerator_only, Kind::host_accelerator),
                         [](const auto& instance) {
                             return instance.param == Kind::accelerator_only ? "accelerator_only" : "host_accelerator";
                         });

TEST_P(BothArchitectures, CostTheSameToTheLastBitWithoutValues) {
    const std::string with = cost_of_child(GetParam(), {.values = true});
    EXPECT_GT(with.size(), 5000U) << with;
    EXPECT_EQ(with, cost_of_child(GetParam(), {.values = false}));
}

TEST_P(BothArchitectures, CostTheSameOnOneAndTwoThreads) {
    EXPECT_EQ(cost_of_child(GetParam(), {.threads = 1}), cost_of_child(GetParam(), {.threads = 2}));
}

TEST_P(BothArchitectures, CostTheSameWhetherRoundingsAreCountedOrNot) {
    workloads::TrainingConfig counted = training_case();
    counted.health = {.level = workloads::HealthConfig::Level::histograms, .every = 1};
    EXPECT_EQ(cost_of_child(GetParam(), {}), cost_of_child(GetParam(), {}, counted));
}

TEST_P(BothArchitectures, PayForWhatASchedulesRulesMeasure) {
    const auto measuring = [](workloads::Metric metric) {
        workloads::TrainingConfig training = training_case();
        workloads::Rule never;
        never.when = {.kind = workloads::Trigger::Kind::threshold, .metric = metric, .every = 2};  // below 0
        training.precision.schedule = {never};
        return training;
    };
    const std::string without = cost_of_child(GetParam(), {});
    EXPECT_EQ(without.find(" schedule "), std::string::npos);
    const std::string norm = cost_of_child(GetParam(), {}, measuring(workloads::Metric::gradient_norm));
    EXPECT_NE(norm.find(" schedule "), std::string::npos);
    EXPECT_NE(cost_of_child(GetParam(), {}, measuring(workloads::Metric::vanished_updates)), without);
}

TEST_P(BothArchitectures, PayForTheConversionsOfAChangeOfPrecision) {
    workloads::TrainingConfig changed = training_case();
    workloads::Rule rule;
    rule.when = {.kind = workloads::Trigger::Kind::step, .at = 3};
    rule.set.master_weights = precision("exp(bf16,3)");
    changed.precision.schedule = {rule};
    EXPECT_EQ(cost_of_child(GetParam(), {}).find(" other fc2 "), std::string::npos);
    EXPECT_NE(cost_of_child(GetParam(), {}, changed).find(" other fc2 "), std::string::npos);
}

TEST_P(BothArchitectures, ConserveEnergyAndTime) {
    platform::Simulation simulation(platform_case(GetParam()), {});
    run(simulation, GetParam(), training_case());
    const power::Account account = power::account(simulation.ledger(), simulation.inventories(), asic28());
    const auto sum = [](const auto& parts) {
        power::Femtojoules total = 0;
        for (const auto& [name, energy] : parts) total += energy;
        return total;
    };
    EXPECT_TRUE(account.total > 0);
    EXPECT_TRUE(sum(account.by_component) == account.total);
    EXPECT_TRUE(sum(account.by_operation) == account.total);
    EXPECT_TRUE(sum(account.by_phase) == account.total);
    EXPECT_TRUE(sum(account.by_layer) == account.total);
    EXPECT_TRUE(account.dynamic + account.static_ == account.total);
    EXPECT_TRUE(account.low < account.total && account.total < account.high);

    const std::uint64_t total = simulation.ledger().now_ps();
    std::uint64_t phases = 0;
    for (const auto& [phase, time] : simulation.ledger().phase_ps()) phases += time;
    EXPECT_EQ(phases, total);
    for (const auto& [component, activity] : simulation.ledger().activity()) {
        std::uint64_t used = activity.busy_ps;
        for (const auto& [cause, time] : activity.stalled_ps) used += time;
        EXPECT_LE(used, total) << component;
    }
}

TEST_P(BothArchitectures, ChargeEveryComponentThatTheyHave) {
    platform::Simulation simulation(platform_case(GetParam()), {});
    run(simulation, GetParam(), training_case());
    const power::Account account = power::account(simulation.ledger(), simulation.inventories(), asic28());
    for (const power::Inventory& inventory : simulation.inventories()) {
        EXPECT_TRUE(account.by_component.at(inventory.component) > 0) << inventory.component;
        EXPECT_GT(account.area_mm2.at(inventory.component), 0) << inventory.component;
    }
    EXPECT_EQ(account.by_component.size(), simulation.inventories().size());
}

TEST(AcceleratorOnly, CountsTheMacsOfTheNetwork) {
    const workloads::Dataset data = three_classes();
    const workloads::Network network = network_case(data);
    platform::Simulation simulation(platform_case(Kind::accelerator_only), {});
    run(simulation, Kind::accelerator_only, training_case());
    // Forward, weight gradient, and input gradient but for the first layer: 2 epochs of 70 samples.
    const std::uint64_t first = network.layers[0].inputs * network.layers[0].outputs;
    EXPECT_EQ(simulation.macs(), 2 * 70 * (3 * network.forward_macs() - first));
}

TEST(HostAccelerator, SendsOverTheChannelWhatTheStepNeedsAndNoMore) {
    const workloads::Dataset data = three_classes();
    const workloads::Network network = network_case(data);
    workloads::TrainingConfig training = training_case();
    training.epochs = 1;
    platform::Simulation simulation(platform_case(Kind::host_accelerator), {});
    run(simulation, Kind::host_accelerator, training);
    // Down: each sample in e4m3fn, its errors in e5m2, the weights after each of 4 steps and once at the start; up:
    // logits in fp32 and the gradients. Beside them descriptors and registers.
    const std::uint64_t parameters = network.parameters(), samples = 70, steps = 4;
    const std::uint64_t tensors = samples * (50 + 3 * 4 + 3) + steps * 2 * parameters + parameters;
    const platform::Traffic traffic = simulation.traffic();
    const std::uint64_t commands = simulation.commands() * models::descriptor_bytes;
    EXPECT_GE(traffic.channel_bytes, tensors + commands);
    EXPECT_LE(traffic.channel_bytes, tensors + commands + 16 * traffic.channel_messages);
}

}  // namespace
}  // namespace ulpsim::test
