#include "models/arithmetic/expansion_counts.hpp"

namespace ulpsim::arithmetic {
namespace {

/// VecSum and VecSumErrBranch of n values.
BaseOperations squeeze(std::uint64_t n) { return {.two_sums = 2 * (n - 1), .compares = n - 1}; }

BaseOperations renormalize(unsigned terms, std::uint64_t n) {
    if (n == 0) return {};
    const BaseOperations sort{.compares = n * (n - 1) / 2};
    return sort + BaseOperations{.two_sums = n - 1, .fast_two_sums = terms == 2 ? 1u : 0u} + squeeze(n);
}

BaseOperations add(unsigned terms) {
    if (terms == 2) return {.two_sums = 2, .fast_two_sums = 2, .adds = 2};
    return BaseOperations{.compares = terms == 3 ? 6u : 9u} + squeeze(2 * terms);  // merged by Batcher's network
}

BaseOperations add_value(unsigned terms) {
    if (terms == 2) return {.two_sums = 1, .fast_two_sums = 1, .adds = 1};
    return BaseOperations{.compares = terms} + squeeze(terms + 1);
}

/// Column k of a product has `products` 2Prods, as many errors as the column before had, and the errors of its 2Sums.
template <class Products>
BaseOperations columns(unsigned terms, Products products) {
    BaseOperations count;
    std::uint64_t errors = 0;  // into the column
    for (unsigned k = 0; k + 1 < terms; ++k) {
        const std::uint64_t sums = products(k) - 1 + errors;
        count.two_products += products(k);
        count.two_sums += sums;
        errors = products(k) + sums;
    }
    count.adds = errors - 1;
    count.fmas = products(terms - 1);
    return count + squeeze(terms);
}

BaseOperations multiply(unsigned terms) {
    if (terms == 2) return {.fast_two_sums = 1, .two_products = 1, .adds = 1, .multiplies = 1, .fmas = 1};
    return columns(terms, [](std::uint64_t k) { return k + 1; });
}

BaseOperations multiply_value(unsigned terms) {
    if (terms == 2) return {.fast_two_sums = 1, .two_products = 1, .fmas = 1};
    return columns(terms, [](std::uint64_t) { return std::uint64_t{1}; });
}

BaseOperations divide(unsigned terms) {
    if (terms == 2) return {.fast_two_sums = 3, .two_products = 1, .adds = 4, .multiplies = 1, .divides = 2};
    return BaseOperations{.divides = terms + 1} + terms * (multiply_value(terms) + add(terms)) + squeeze(terms + 1);
}

BaseOperations square_root(unsigned terms) {
    if (terms == 2) return {.fast_two_sums = 1, .adds = 1, .fmas = 1, .divides = 1, .roots = 1};
    return BaseOperations{.two_products = 1, .divides = terms, .roots = 1} + (2 * terms + 1) * add_value(terms) +
           (terms - 1) * (multiply_value(terms) + add(terms));
}

BaseOperations dot(unsigned terms, std::uint64_t length) {
    if (terms == 2)
        return length * BaseOperations{.two_sums = 1, .two_products = 1, .adds = 2} + BaseOperations{.two_sums = 1};
    return length * (BaseOperations{.two_products = 1} + 2 * add_value(terms));
}

}  // namespace

std::string_view name(ExpansionOperation operation) {
    constexpr std::string_view names[] = {"renormalize", "add",         "add_value", "multiply", "multiply_value",
                                          "divide",      "square_root", "dot",       "compare"};
    return names[static_cast<int>(operation)];
}

BaseOperations base_operations(ExpansionOperation operation, unsigned terms, std::uint64_t length) {
    switch (operation) {
        case ExpansionOperation::renormalize:
            return renormalize(terms, length);
        case ExpansionOperation::add:
            return add(terms);
        case ExpansionOperation::add_value:
            return add_value(terms);
        case ExpansionOperation::multiply:
            return multiply(terms);
        case ExpansionOperation::multiply_value:
            return multiply_value(terms);
        case ExpansionOperation::divide:
            return divide(terms);
        case ExpansionOperation::square_root:
            return square_root(terms);
        case ExpansionOperation::dot:
            return dot(terms, length);
        case ExpansionOperation::compare:
            break;
    }
    return add(terms) + BaseOperations{.compares = 1};
}

}  // namespace ulpsim::arithmetic
