#pragma once
#include "workloads/training/training.hpp"

namespace ulpsim::workloads {

/// The factor on the loss that keeps small errors out of the underflow; dynamic: halved by every overflow, doubled
/// after `growth_interval` steps without one (Micikevicius et al., 2018; facts: training 2).
class LossScale {
public:
    explicit LossScale(const LossScaleConfig& config) : config_(config), value_(config.value) {}

    double value() const { return value_; }
    bool is_dynamic() const { return config_.kind == LossScaleConfig::Kind::dynamic; }
    /// A step's gradients held an infinity or NaN, or none. True when the scale is another one from now on.
    bool observe(bool overflow);

private:
    LossScaleConfig config_;
    double value_;
    std::uint64_t good_steps_ = 0;
};

}  // namespace ulpsim::workloads
