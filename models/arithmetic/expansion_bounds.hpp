#pragma once
#include "models/arithmetic/expansion_counts.hpp"
#include "models/arithmetic/format.hpp"

namespace ulpsim::arithmetic {

/// What an expansion operation promises on normalised operands while nothing overflows:
///
///   |result - exact| <= relative * |exact| + units * q,    q: the base format's smallest positive value
///
/// `units` is 0 where no base operation can be inexact for being tiny. It is infinite where the bound holds only while none
/// is (ExpansionArithmetic::underflows() does not move). A dot product's error is relative to the sum of |x[i] y[i]|;
/// `relative` is infinite for one too long for its base (length * 2^-p of 1 and more with two terms).
struct ErrorBound {
    int least_precision = 3;  ///< of the base format, for which the bound is proved
    double relative = 0;
    double units = 0;
};

/// Sources. Two terms: Joldes, Muller, Popescu, TOMS 44(2), 2017, as corrected by Muller and Rideau, TOMS 48(1), 2022; the
/// square root: Lefevre et al., "Accurate calculation of Euclidean norms using double-word arithmetic", 2022; the dot
/// product: Ogita, Rump, Oishi, SIAM J. Sci. Comput. 26(6), 2005. Three and four terms: derived in expansion_bounds.cpp from
/// VecSumErrBranch's |terms[i + 1]| <= ulp(terms[i]) (Boldo, Joldes, Muller, Popescu, ITP 2017), so far looser than what is
/// seen. Formats with a step S: the same relative error as long as the terms' ranges hold the result.
ErrorBound error_bound(ExpansionOperation operation, const Format& format, std::uint64_t length = 1);

}  // namespace ulpsim::arithmetic
