#pragma once
#include "power/costs/technology.hpp"

namespace ulpsim::power {

/// A bank of `kib`, its energies for accesses of `bits` (kib and bits > 0). Between two points linear in log(kib);
/// below the first point the first; above the last the last times sqrt(kib / last) for energy and kib / last for area,
/// as the fits over the table have it (facts: power 2.1).
SramPoint sram_bank(const SramModel& sram, double kib, double bits);

}  // namespace ulpsim::power
