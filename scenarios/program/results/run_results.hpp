#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/architectures/simulation.hpp"
#include "power/ledger/account.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::program {

/// What a run has cost at one moment.
struct Moment {
    double seconds = 0;
    power::Femtojoules energy = 0;
    std::array<power::Femtojoules, power::group_count> by_group{};
    std::map<std::string, power::Femtojoules> by_component;
};
/// Now, with what the machine is known to need so far: for progress, and when the run is over.
Moment moment(const platform::Simulation& simulation, const power::Technology& technology);

/// What the meters said at one moment. It is priced when the run is over: only then is it known which operators the machine
/// needs, and what has leaked from the start on.
struct Reading {
    double seconds = 0;
    power::Snapshot counts;
    std::map<std::string, std::map<power::Tag, std::uint64_t>> clocked_cycles;  ///< by component
};
Reading reading(const platform::Simulation& simulation);
Moment price(const Reading& reading, const platform::Simulation& simulation, const power::Technology& technology);

struct EpochResult {
    workloads::EpochDone quality;
    Moment cost;  ///< cumulative
};
struct EventResult {
    std::string what;  ///< "precision" or "loss_scale"
    std::string text;
    std::uint64_t epoch = 0, step = 0;
    std::string why;  ///< precision: what made the rule fire
    Moment cost;
};

/// Fractions of the run's time; they sum to 1.
struct Utilisation {
    double busy = 0, idle = 1;
    std::map<std::string, double> stalled;  ///< by cause
};

/// Everything that a run's folder holds (DESIGN 3.6), but for the scenario.
struct RunResults {
    workloads::Status status = workloads::Status::completed;
    double seconds = 0;
    std::map<std::string, std::uint64_t> cycles;
    power::Account account;
    std::array<power::Uncertainty, power::group_count> uncertainty{};
    std::vector<EpochResult> epochs;
    std::vector<EventResult> events;
    std::vector<workloads::Measured> measurements;  ///< of the schedule
    workloads::HealthConfig health_config;
    std::vector<workloads::HealthCounted> health;  ///< by epoch
    std::vector<Moment> samples;                   ///< of power.csv, in order of time
    platform::Traffic traffic;
    std::map<std::string, platform::MemoryUse> memory;
    std::map<std::string, Utilisation> utilisation;

    // Of the simulator, not of the machine:
    double wall_seconds = 0, arithmetic_seconds = 0;
    std::uint64_t transactions = 0, macs = 0;
    unsigned threads = 1;
    bool replayed = false;  ///< the training figures come from the recording of an earlier run
    std::string technology_digest;
    bool before_checkpoint = false;  ///< a resumed run, interrupted on its way to where it was to go on
};

/// Takes from a simulation, after its run, what it knows; the caller adds epochs, events, health and samples.
RunResults collect(const platform::Simulation& simulation, const power::Technology& technology);

std::string status_text(workloads::Status status);

/// The files' contents.
std::string results_json(const RunResults& results);
std::string epochs_csv(const RunResults& results);
std::string operations_csv(const RunResults& results);
/// Mean power of each component between two samples, in watts; a sample is taken every few steps and at each epoch's
/// end.
std::string power_csv(const RunResults& results);

}  // namespace ulpsim::program
