#include "power/costs/sram.hpp"

#include <algorithm>
#include <cmath>

namespace ulpsim::power {
namespace {

/// Of an access of 64 bits, as all points are.
SramPoint interpolate(const std::vector<SramPoint>& points, double kib) {
    const SramPoint &first = points.front(), &last = points.back();
    if (kib <= first.kib) return {kib, first.read_pj, first.write_pj, first.area_mm2};
    if (kib >= last.kib) {
        const double times = kib / last.kib;
        return {kib, last.read_pj * std::sqrt(times), last.write_pj * std::sqrt(times), last.area_mm2 * times};
    }
    const auto above = std::upper_bound(points.begin(), points.end(), kib,
                                        [](double value, const SramPoint& point) { return value < point.kib; });
    const SramPoint &high = *above, &low = *(above - 1);
    const double t = std::log(kib / low.kib) / std::log(high.kib / low.kib);
    return {kib, std::lerp(low.read_pj, high.read_pj, t), std::lerp(low.write_pj, high.write_pj, t),
            std::lerp(low.area_mm2, high.area_mm2, t)};
}

double width_factor(const Figure& fixed, const Figure& per_bit, double bits) {
    return (fixed.value + per_bit.value * bits) / (fixed.value + per_bit.value * 64);
}

}  // namespace

SramPoint sram_bank(const SramModel& sram, double kib, double bits) {
    SramPoint bank = interpolate(sram.points, kib);
    bank.read_pj *= width_factor(sram.read_width_fixed, sram.read_width_per_bit, bits);
    bank.write_pj *= width_factor(sram.write_width_fixed, sram.write_width_per_bit, bits);
    return bank;
}

}  // namespace ulpsim::power
