#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "power/costs/costs.hpp"
#include "power/ledger/inventory.hpp"
#include "power/ledger/ledger.hpp"

namespace ulpsim::power {

/// Whole femtojoules: sums agree exactly whatever their order.
__extension__ using Femtojoules = __int128;
/// Exact decimal text of an energy in joules, trailing zeros dropped: 1234567 fJ -> "0.000000001234567".
std::string joules_text(Femtojoules value);
double joules(Femtojoules value);

struct Entry {
    std::string component, operation, phase, layer;
    Group group;
    std::uint64_t count = 0;  ///< operations; cycles for `clock`, picoseconds for `static`
    Femtojoules energy = 0;   ///< nominal, rounded once
    bool is_static = false;
};

/// A ledger priced by a technology.
struct Account {
    std::vector<Entry> entries;  ///< sorted by component, operation, phase, layer; clock and static included
    Femtojoules total = 0, dynamic = 0, static_ = 0;
    Femtojoules low = 0, high = 0;  ///< all groups at their low and high
    std::array<Femtojoules, group_count> by_group{};
    std::map<std::string, Femtojoules> by_component, by_operation, by_phase, by_layer;
    std::map<std::string, double> area_mm2;  ///< by component
};

/// Prices every cell (half a femtojoule rounds up), adds `clock` of each inventory by the phase of the work that was
/// clocked, and `static` by the phase of the program at that time.
Account account(const Ledger& ledger, const std::vector<Inventory>& inventories, const Technology& technology);
/// The same for an earlier moment of the ledger, whose inventories say how far the clocks had run by then.
Account account(const Ledger& ledger, const Snapshot& moment, const std::vector<Inventory>& inventories,
                const Technology& technology);

}  // namespace ulpsim::power
