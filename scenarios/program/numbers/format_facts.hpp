#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/arithmetic/format.hpp"
#include "power/costs/technology.hpp"

namespace ulpsim::program {

/// A multiply-accumulate in a technology, rounded after every addition in `rne`.
struct MacCost {
    double energy_pj = 0, area_um2 = 0, delay_ps = 0;
};

/// What `ulpsim formats` says of a format. What does not exist is empty.
struct FormatFacts {
    std::string name;                                    ///< canonical
    std::string known_as;                                ///< other names of it in this program and elsewhere
    std::string note;                                    ///< what is easily mistaken about it
    int width_bits = 0;                                  ///< of a stored number: all terms of an expansion
    int exponent_bits = 0, mantissa_bits = 0, bias = 0;  ///< of one term
    double max = 0, min_normal = 0;                      ///< of the first term
    std::optional<double> min_subnormal = {};            ///< the smallest in the last term, true magnitude
    double epsilon = 0;                                  ///< from 1 to the next number, with all terms in use
    bool infinity = false, nan = false;
    std::optional<MacCost> mac = {};  ///< expansions have none: their sums are made of additions
};

FormatFacts format_facts(const arithmetic::Format& format, const power::Technology& technology);

/// The accumulator of `mac`: fp32, or fp64 for a format that binary32 does not hold; intW into an int of 2 W + 16 bits
/// (at most 53), fix likewise with twice the fraction bits.
arithmetic::Format natural_accumulator(const arithmetic::Format& format);

/// What `ulpsim formats` shows when it is asked for none in particular.
const std::vector<std::string>& well_known_formats();

}  // namespace ulpsim::program
