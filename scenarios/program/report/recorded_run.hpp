#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "power/ledger/operation.hpp"

namespace ulpsim::program {

/// Joules of each group of costs; their uncertainties are independent.
using GroupEnergy = std::array<double, power::group_count>;

struct Factors {
    double low = 1, high = 1;
};

struct RecordedEpoch {
    std::uint64_t epoch = 0;
    double train_loss = 0;  ///< NaN when the file has none
    std::optional<double> test_accuracy;
    double sim_seconds = 0;
    GroupEnergy energy{};
    double train_accuracy = 0;              ///< NaN when the file has none
    std::optional<double> gradient_norm{};  ///< of methods that compute the full gradient
};

/// A run as its folder tells it: what a comparison needs.
struct RecordedRun {
    std::string name, status;
    std::filesystem::path folder;
    double seconds = 0;
    double total_j = 0, low_j = 0, high_j = 0;  ///< with the interval over the cost figures
    GroupEnergy energy{};
    std::array<Factors, power::group_count> uncertainty{};
    std::vector<RecordedEpoch> epochs;
    std::map<std::string, GroupEnergy> by_component, by_class, by_phase;
    std::map<std::string, double> busy;  ///< fraction of the run's time, by component
    std::map<std::string, double> traffic;
    std::map<std::string, double> peak_bytes;  ///< by memory
    double area_mm2 = 0;
    double wall_seconds = 0, arithmetic_seconds = 0;
    bool replayed = false;
    std::string version, technology_digest;  ///< of the program and the figures that made it
};

/// Reads results.json and operations.csv. Nothing when there is no results.json, or not one of this schema.
std::optional<RecordedRun> read_run(const std::filesystem::path& folder, const std::string& name);

/// What kind of operation it is: arithmetic, random bits, sram, dram, ...
std::string operation_class(const std::string& operation);

}  // namespace ulpsim::program
