#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/configuration/platform_config.hpp"
#include "power/costs/technology.hpp"
#include "workloads/datasets/dataset.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::program {

/// A scenario file as the rooms' own configuration structs. A key that the file leaves out has the struct's default.
struct Scenario {
    std::string name;  ///< `folder/stem` of the file unless it says otherwise
    platform::PlatformConfig platform;
    workloads::DatasetConfig dataset;
    workloads::NetworkConfig network;
    workloads::TrainingConfig training;  ///< has the seed
};

/// Changes from the command line.
struct Overrides {
    std::vector<std::string> set;  ///< "key.path=value", applied to the tree before it is read
    std::optional<std::uint64_t> seed;
};

class Document;

/// A scenario with the places where its keys were written, so that a check that comes later can still say the line.
class ScenarioFile {
public:
    /// Throws Error in one line, "FILE:LINE: key.path is VALUE; allowed: ...".
    static ScenarioFile open(const std::filesystem::path& file, const Overrides& overrides = {});
    static ScenarioFile parse(const std::string& text, const std::string& file_name, const Overrides& overrides = {});

    const Scenario& scenario() const { return scenario_; }
    /// "FILE:LINE: MESSAGE" for a room's message that starts with a key path, which may lie below `section`.
    std::string located(const std::string& message, const std::string& section) const;
    /// Runs a room's check and puts the place in front of its Error.
    void check(const std::string& section, const std::function<void()>& room_check) const;
    /// Runs a simulation of the scenario. An Error of it that names a key of the platform (a memory turned out too small)
    /// is the user's, as in check(); any other is the simulation's own failure and passes on as no Error.
    void simulate(const std::function<void()>& simulation) const;

private:
    ScenarioFile(std::shared_ptr<Document> document, const Overrides& overrides);
    std::shared_ptr<const Document> document_;
    Scenario scenario_;
};

/// The whole scenario as YAML, every key written out. Reading it back gives the same scenario.
std::string resolved_text(const Scenario& scenario);

/// A role of the policy as a scenario file writes it: `e5m2`, or `{format: e5m2, rounding: sr8}`.
std::string role_text(const workloads::Precision& precision);

}  // namespace ulpsim::program
