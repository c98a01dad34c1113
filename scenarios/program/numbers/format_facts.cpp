#include "scenarios/program/numbers/format_facts.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "power/costs/costs.hpp"

namespace ulpsim::program {
namespace {

using arithmetic::Format;
using arithmetic::Specials;

constexpr std::pair<const char*, const char*> other_names[] = {
    {"e2m1fn", "OCP MX FP4"},
    {"e2m3fn", "OCP MX FP6"},
    {"e3m2fn", "OCP MX FP6"},
    {"e4m3fn", "OCP E4M3"},
    {"e5m2", "OCP E5M2"},
    {"e4m3fnuz", "FP8 of CDNA3"},
    {"e5m2fnuz", "FP8 of CDNA3"},
    {"e5m10", "fp16, IEEE binary16"},
    {"e8m7", "bf16"},
    {"e8m10", "tf32"},
    {"e8m23", "fp32, IEEE binary32"},
    {"e11m52", "fp64, IEEE binary64"},
    {"mx(e4m3fn,32)", "OCP MXFP8"},
    {"mx(e5m2,32)", "OCP MXFP8"},
    {"mx(e3m2fn,32)", "OCP MXFP6"},
    {"mx(e2m3fn,32)", "OCP MXFP6"},
    {"mx(e2m1fn,32)", "OCP MXFP4"},
    {"mx(fix8.6,32)", "OCP MXINT8"},
};

std::string known_as(const std::string& name) {
    for (const auto& [canonical, other] : other_names)
        if (name == canonical) return other;
    return "";
}

std::string note(const Format& format) {
    if (format.is_mx())
        return name(format) + " adds 8 bits, the scale, to every " + std::to_string(format.block) +
               " elements; max and min are those of scaled values";
    if (format.kind == arithmetic::FormatKind::integer) return name(format) + " is shown for a scale of 1";
    Format plain = format.element();
    plain.saturate = false;
    const std::string base = name(plain);
    if (base == "e4m3") return "e4m3 is IEEE 754's pattern with infinities; the E4M3 of OCP, without, is e4m3fn";
    const bool ocp = base == "e4m3fn" || base == "e2m1fn" || base == "e2m3fn" || base == "e3m2fn";
    if (format.specials == Specials::fn && !ocp)
        return base + " follows the rule of OCP's finite formats, but is no format of OCP";
    return "";
}

MacCost mac_cost(const Format& format, const power::Technology& technology) {
    power::Mac mac;
    mac.dot.a = mac.dot.b = format;
    mac.dot.accumulator = natural_accumulator(format);
    return {.energy_pj = energy(technology, mac) / power::picojoules(1),
            .area_um2 = area(technology, power::Operation{mac}) / power::square_micrometres(1),
            .delay_ps = delay_ps(technology, mac)};
}

}  // namespace

Format natural_accumulator(const Format& format) {
    if (format.is_twos_complement() && !format.is_mx()) {
        constexpr int carries = 16, widest = 53;
        const int width = std::min(2 * format.width() + carries, widest);
        if (format.kind == arithmetic::FormatKind::integer) return arithmetic::integer_format(width);
        return arithmetic::fixed_format(width, std::min(-2 * format.quantum_exponent(), width));
    }
    return fits_binary32(format.element()) ? arithmetic::fp32 : arithmetic::fp64;
}

FormatFacts format_facts(const Format& format, const power::Technology& technology) {
    const Format element = format.element();
    const Format values = format.is_mx() ? format : element;  // of an mx format, the range of scaled values
    FormatFacts facts{.name = name(format),
                      .known_as = known_as(name(format)),
                      .note = note(format),
                      .width_bits = format.width() * format.terms,
                      .exponent_bits = format.exponent_bits,
                      .mantissa_bits = format.mantissa_bits,
                      .bias = format.bias,
                      .max = largest_finite(values),
                      .min_normal = smallest_normal(values),
                      .epsilon = format.is_twos_complement() ? smallest_positive(element)
                                                             : std::ldexp(1.0, 1 - format.terms * format.precision()),
                      .infinity = has_infinity(values),
                      .nan = has_nan(values)};
    if (format.subnormals && format.mantissa_bits > 0 && !format.is_twos_complement())
        facts.min_subnormal = std::ldexp(smallest_positive(values), -format.term_step * (format.terms - 1));
    if (!format.is_expansion()) facts.mac = mac_cost(format, technology);
    return facts;
}

const std::vector<std::string>& well_known_formats() {
    static const std::vector<std::string> names{
        "e2m1fn",      "e2m3fn", "e3m2fn", "e3m4",   "e4m3",  "e4m3fn",        "e4m3fnuz",      "e5m2",
        "e5m2fnuz",    "e6m9",   "fp16",   "bf16",   "tf32",  "fp32",          "fp64",          "exp(bf16,2)",
        "exp(bf16,3)", "int4",   "int8",   "fix8.6", "int32", "mx(e4m3fn,32)", "mx(e2m1fn,32)", "mx(fix8.6,32)"};
    return names;
}

}  // namespace ulpsim::program
