#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arithmetic/format.hpp"
#include "power/costs/technology.hpp"

namespace ulpsim::platform {

/// What one result of an operation costs on one lane, which issues one operation of its format a cycle.
struct LaneCost {
    double cycles = 0;      ///< between results
    double latency_ps = 0;  ///< operands to result through unpipelined operators, one after the other
    double energy_pj = 0;   ///< the operators, and the lane's registers in those cycles
    double area_um2 = 0;    ///< one of each operator that the operation needs, and the lane's registers

    /// Lanes enough for one result a cycle.
    double area_at_full_rate_um2() const { return area_um2 * cycles; }
};

/// What is set against a native operator.
enum class TradedOperation : std::uint8_t {
    add,       ///< of two expansions
    multiply,  ///< of two expansions
    dot,       ///< a product of values of the base format added to an expansion (one of 64 of them)
    product    ///< a multiply-accumulate of expansions, as matrix products are made of
};
std::string_view name(TradedOperation operation);

/// An operation on expansions of `terms` terms against one operator of at least their precision. One term: that operator is
/// the base format's own.
struct TradeOff {
    arithmetic::Format base, native;  ///< native: base's exponents, terms * p bits
    unsigned terms = 1;
    TradedOperation operation = TradedOperation::add;
    std::optional<LaneCost> sequential = {}, dedicated = {};  ///< on the expansion unit, by 2Sum; none with one term
    /// product: split into products of terms on an element of the array (arithmetic::Split), summed in `native`.
    std::optional<LaneCost> leading = {}, all = {};
    std::optional<LaneCost> wide = {};  ///< the native operator; none above 53 bits, where no format is named
};

/// All operations with 1 to 4 terms. A dot is natively a multiply-accumulate of base's exact products into the native format,
/// a product one of native factors; on the expansion unit a product is a multiplication and an addition.
/// Sources: counts of arithmetic/expansion_counts.hpp, operators of the technology; the fits behind them cover 3 to 24 bits
/// and are extrapolated above. `base` has no :sat nor :nosub.
std::vector<TradeOff> trade_offs(const arithmetic::Format& base, const power::Technology& technology);

/// Ratios closer than this are no verdict: own synthesis gives 10 to 15 per cent for a ratio of two operators.
inline constexpr double tie = 1.15;
/// "native 4.2x" where the native operator needs 4.2 times less, "expansion 1.3x" the other way round, or "tie".
std::string verdict(double expansion, double native);

}  // namespace ulpsim::platform
