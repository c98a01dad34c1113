#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/program/report/recorded_run.hpp"
#include "scenarios/program/sweep/sweep.hpp"

namespace ulpsim::program {

/// A run of one contender with one set of its choices, on one problem and machine.
struct CrossoverRun {
    Point values;  ///< of the sweep's point
    RecordedRun run;
};

/// What a contender needs to bring the gradient norm to a target: its best choices' least energy and least time.
struct Reached {
    std::string choices;      ///< as "workload.optimizer.inner_steps=2000"
    std::uint64_t epoch = 0;  ///< the first one at or below the target
    GroupEnergy energy{};     ///< with the host's energy multiplied
    std::array<Factors, power::group_count> factors{};
    double seconds = 0;
};
struct Entry {
    std::string contender;
    std::optional<Reached> by_energy, by_time;  ///< nothing: no choice of its reaches the target
};

/// One field of the map. A run takes part in every field whose values are those of its point: one that names no channel
/// in the fields of all channels.
struct Field {
    Point problem, machine;
    double target = 0, host_energy = 1;
    std::vector<Entry> entries;           ///< in the order of the contenders
    std::optional<std::size_t> cheapest;  ///< the entry of least energy at nominal costs; nothing: none reaches it
    std::optional<std::size_t> fastest;
    /// It needs less than every other entry at every corner of the cost figures.
    bool certain = false;
};

/// Every field: targets outermost, then the host's energy, the problem, the machine.
std::vector<Field> crossover_fields(const Crossover& crossover, const std::vector<CrossoverRun>& runs);

/// crossover.csv, a row a field and contender: the problem's and the machine's axes, target, host_energy, contender, choices,
/// epoch, energy_j, energy_low_j, energy_high_j (all groups of costs low, all high), seconds (of the choices of least
/// energy), least_seconds, energy_wins (yes, within_uncertainty, no), time_wins (yes, no). Empty where it is not reached.
std::string crossover_csv(const std::vector<Field>& fields);

/// The map, a table a target and factor of the host's energy: per problem and machine the contender of least energy and its
/// energy as a share of the next one's, with the interval over the cost figures; how often each wins, also not at all.
std::string crossover_text(const Crossover& crossover, const std::vector<Field>& fields);

}  // namespace ulpsim::program
