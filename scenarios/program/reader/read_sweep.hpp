#pragma once
#include <filesystem>

#include "scenarios/program/sweep/sweep.hpp"

namespace ulpsim::program {

// The keys of a sweep file:
//   name        folder below runs/; default: folder/stem of the file
//   scenario    the scenario that every point starts from; a path from the sweep's folder
//   search      grid (default), list, random, pareto, crossover
//   axes        NAME: VALUES each (grid, random, pareto). VALUES is a list, or {exponent_bits: [2, 8], mantissa_bits:
//               [0, 10], suffix: sat} for every format eXmY (eXm0fn where Y is 0), or {from, to, steps, scale: linear
//               or log, whole: true or false}
//   set         KEY: VALUE each, for every point; $NAME stands for an axis's value
//   points      list: a list of mappings {NAME: VALUE}; random, pareto: how many to try
//   population  pareto: points of a generation, 16 unless given
//   seed        random, pareto: of the draws, 1 unless given
//   objectives  of the Pareto front: some of energy_j, error, area_mm2, seconds, train_loss, gradient_norm;
//               default the first four
//   contenders  crossover: NAME: {scenario, axes} each, which all meet the points of `axes`; their own axes of several
//               values are coordinates of the map where below `platform.`, else choices of which each takes the best
//   targets     crossover: gradient norms
//   host_energy crossover: factors on the host's energy, 1 unless given
// An axis is a key of the scenario (its name has a dot, or is seed), the scenario file itself (scenario), or a word for
// `set`.

/// Throws Error with file, line and key.
Sweep read_sweep(const std::filesystem::path& file);

}  // namespace ulpsim::program
