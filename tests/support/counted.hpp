#pragma once
#include <cstdint>
#include <string_view>
#include <variant>

#include "power/ledger/ledger.hpp"

namespace ulpsim::tests {

/// How often the ledger counted operations of a kind, over all tags, or with a tag's layer only.
template <typename Operation>
std::uint64_t counted(const power::Ledger& ledger, std::string_view layer = {}) {
    std::uint64_t n = 0;
    for (const power::Cell& cell : ledger.cells())
        if (std::holds_alternative<Operation>(ledger.operation(cell.operation)) &&
            (layer.empty() || cell.layer == layer))
            n += cell.count;
    return n;
}

}  // namespace ulpsim::tests
