#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/arithmetic/rounding_counts.hpp"
#include "workloads/executor/op.hpp"

namespace ulpsim::workloads {

/// `health:` of a scenario: what is counted of the roundings, in which steps.
struct HealthConfig {
    enum class Level : std::uint8_t { off, counts, histograms } level = Level::off;  ///< histograms: of exponents, too
    /// Counted are the first step of an epoch and every so many after it, 1 or more; of a linear model all steps.
    std::uint64_t every = 200;
};

/// What became of the updates of an epoch's counted steps (arithmetic::UpdateCounts).
struct UpdateHealth {
    std::uint64_t updates = 0, vanished = 0;
    double effective_descent = 0;  ///< NaN without updates
    friend bool operator==(const UpdateHealth&, const UpdateHealth&) = default;
};

/// What the roundings of an epoch's counted steps did to the values of one role of one layer, in one format.
struct TensorHealth {
    std::string role, layer;  ///< as the precision policy names them
    arithmetic::Format format;
    std::uint64_t steps = 0;  ///< counted
    arithmetic::RoundingCounts counts;
    std::optional<UpdateHealth> update;  ///< where updates add to it: master weights, or weights without
};

/// Gives the Ops of counted steps the places where their roundings are counted.
class Health {
public:
    explicit Health(const HealthConfig& config) : config_(config) {}

    bool counts_step(std::uint64_t step_in_epoch) const {
        return config_.level != HealthConfig::Level::off && (step_in_epoch - 1) % config_.every == 0;
    }
    /// Results in this tensor belong to this role and layer.
    void tell(const Tensor& tensor, const std::string& role, const std::string& layer);
    /// Forgets what has been told: the step is not counted, or over.
    void forget() { entries_.clear(); }

    /// Where an Op, done in so many steps, is to be counted; null where its result has no role.
    arithmetic::OperationCounts* place(const Op& op, std::uint64_t steps = 1);
    /// Where values are to be counted that no Op has written into a tensor.
    arithmetic::OperationCounts* place(const Tensor& tensor);

    /// What has been counted since the last time, in the order in which roles and layers were told first. For an idle
    /// executor.
    std::vector<TensorHealth> take();

private:
    static constexpr std::size_t sinks = 3;  // result, velocity, weight
    /// What one Op writes, step after step, in an epoch.
    struct Spot {
        arithmetic::OperationCounts counts;
        std::array<std::optional<std::size_t>, sinks> entries;  // of labels_
        std::array<arithmetic::Format, sinks> formats;
        bool is_update = false;
        std::uint64_t steps = 0;
    };
    Spot* spot(const std::array<Tensor, sinks>& written, std::uint64_t steps);

    HealthConfig config_;
    std::vector<std::pair<std::string, std::string>> labels_;  // role and layer, in the order of their telling
    std::map<std::uint32_t, std::size_t> entries_;             // of labels_, by tensor
    std::deque<Spot> spots_;                                   // never moved: Ops point to them
    std::map<std::array<std::uint32_t, sinks>, Spot*> by_results_;
};

}  // namespace ulpsim::workloads
