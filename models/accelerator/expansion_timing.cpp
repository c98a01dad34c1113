#include "models/accelerator/expansion_timing.hpp"

#include <utility>

#include "models/accelerator/vector_timing.hpp"

namespace ulpsim::models {

arithmetic::BaseOperations issued(arithmetic::BaseOperations work, TwoSum twosum) {
    if (twosum == TwoSum::sequential) return arithmetic::with_plain_operators(work);
    work.two_sums += std::exchange(work.fast_two_sums, 0);
    return work;
}

std::uint64_t issue_slots(const arithmetic::BaseOperations& n) {
    return n.two_sums + n.two_products + n.adds + n.multiplies + n.fmas + n.compares +
           divide_slots * (n.divides + n.roots);
}

std::uint64_t issue_latency(const arithmetic::BaseOperations& n) {
    const std::uint64_t pipelined = n.two_sums + n.two_products + n.adds + n.multiplies + n.fmas;
    return vector_latency * (pipelined + divide_slots * (n.divides + n.roots)) + n.compares;
}

std::vector<Issue> issues(const arithmetic::BaseOperations& n, const arithmetic::Format& base) {
    using arithmetic::rne;
    const Issue all[] = {{power::TwoSum{base}, n.two_sums},
                         {power::TwoProduct{base}, n.two_products},
                         {power::Add{base, rne}, n.adds},
                         {power::Multiply{base, base, base, rne}, n.multiplies},
                         {power::Fma{base, base, base, rne}, n.fmas},
                         {power::Divide{base}, n.divides + n.roots},  // a root's digits are found as a quotient's
                         {power::Compare{static_cast<std::uint32_t>(base.width())}, n.compares}};
    std::vector<Issue> issued;
    for (const Issue& issue : all)
        if (issue.count != 0) issued.push_back(issue);
    return issued;
}

std::uint64_t lane_register_bits(const arithmetic::Format& base, unsigned terms) {
    return static_cast<std::uint64_t>(base.width()) * (2 * terms + 1) * 2;
}

}  // namespace ulpsim::models
