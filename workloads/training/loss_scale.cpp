#include "workloads/training/loss_scale.hpp"

namespace ulpsim::workloads {

bool LossScale::observe(bool overflow) {
    if (!is_dynamic()) return false;
    if (overflow) {
        good_steps_ = 0;
        value_ /= 2;
        return true;
    }
    if (++good_steps_ < config_.growth_interval) return false;
    good_steps_ = 0;
    value_ *= 2;
    return true;
}

}  // namespace ulpsim::workloads
