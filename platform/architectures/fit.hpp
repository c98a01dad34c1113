#pragma once
#include "platform/configuration/platform_config.hpp"
#include "workloads/networks/network.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::platform {

/// Refuses, before a simulation starts, a training whose products or loss fit no tile of the scratchpad, in any policy that
/// its schedule can reach. Throws Error that starts with the key of the scratchpad. Where tensors stay on chip
/// (resident_kib) only the accumulators are sure to need room among the tiles, so only they are held against it.
void check_fit(const PlatformConfig& config, const workloads::TrainingConfig& training,
               const workloads::Network& network, std::uint64_t samples);

}  // namespace ulpsim::platform
