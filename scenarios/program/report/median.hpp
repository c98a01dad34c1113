#pragma once
#include <vector>

namespace ulpsim::program {

/// The middle one, or the mean of the two in the middle. At least one value.
double median(std::vector<double> values);

}  // namespace ulpsim::program
