#include "power/ledger/account.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace ulpsim::power {
namespace {

__extension__ using Wide = unsigned __int128;

/// count * each, exactly, then rounded to a whole femtojoule, half up: the same on every machine. each >= 0 and below
/// 2^63.
Femtojoules price(std::uint64_t count, double each_femtojoules) {
    int exponent = 0;
    const double fraction = std::frexp(each_femtojoules, &exponent);  // in [1/2, 1)
    const auto significand = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
    const Wide exact = Wide{count} * significand;  // below 2^117
    const int shift = 53 - exponent;               // exact * 2^-shift femtojoules
    if (shift <= 0) return static_cast<Femtojoules>(exact << -shift);
    if (shift > 118) return 0;
    return static_cast<Femtojoules>((exact + (Wide{1} << (shift - 1))) >> shift);
}

Femtojoules scale(Femtojoules energy, double factor) {
    const bool is_wide = energy >> 64 != 0;  // beyond 18 kJ the low bits are far below what a factor knows
    const int dropped = is_wide ? 32 : 0;
    return price(static_cast<std::uint64_t>(energy >> dropped), factor) << dropped;
}

double femtojoules(Energy energy) { return energy / picojoules(0.001); }
double femtojoules_per_picosecond(Power power) { return power / microwatts(1000); }

void add_cells(const Ledger& ledger, const Snapshot& moment, const Technology& technology,
               std::vector<Entry>& entries) {
    std::map<OperationId, double> prices;
    for (const Cell& cell : moment.cells) {
        const Operation& operation = ledger.operation(cell.operation);
        const auto [price_of, is_new] = prices.try_emplace(cell.operation);
        if (is_new) price_of->second = femtojoules(energy(technology, operation));
        entries.push_back({cell.component, cell.operation_text, cell.phase, cell.layer, group(operation), cell.count,
                           price(cell.count, price_of->second)});
    }
}

void add_clock(const Ledger& ledger, const Inventory& inventory, const Technology& technology,
               std::vector<Entry>& entries) {
    const double each = femtojoules(clock_energy(technology, inventory));
    std::map<std::string, std::uint64_t> cycles;  // DESIGN 3.3: the clock has a phase and no layer
    for (const auto& [tag, count] : inventory.clocked_cycles) cycles[ledger.phase(tag)] += count;
    for (const auto& [phase, count] : cycles)
        entries.push_back({inventory.component, text(Clock{}), phase, "-", Group::logic, count, price(count, each)});
}

void add_static(const Snapshot& moment, const Inventory& inventory, const Technology& technology,
                std::vector<Entry>& entries) {
    const double each = femtojoules_per_picosecond(static_power(technology, inventory));
    for (const auto& [phase, picoseconds] : moment.phase_ps)
        entries.push_back({inventory.component, text(Static{}), phase, "-", static_group(inventory), picoseconds,
                           price(picoseconds, each), true});
}

}  // namespace

std::string joules_text(Femtojoules value) {
    const bool is_negative = value < 0;
    Wide rest = is_negative ? Wide{0} - static_cast<Wide>(value) : static_cast<Wide>(value);
    std::string digits;  // the last first
    do digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    while ((rest /= 10) != 0);
    constexpr std::size_t places = 15;
    if (digits.size() <= places) digits.append(places + 1 - digits.size(), '0');
    std::string fraction(digits.rend() - places, digits.rend());
    std::string text(digits.rbegin(), digits.rend() - places);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (!fraction.empty()) text += "." + fraction;
    return is_negative ? "-" + text : text;
}

double joules(Femtojoules value) { return static_cast<double>(value) * 1e-15; }

Account account(const Ledger& ledger, const std::vector<Inventory>& inventories, const Technology& technology) {
    return account(ledger, ledger.snapshot(), inventories, technology);
}

Account account(const Ledger& ledger, const Snapshot& moment, const std::vector<Inventory>& inventories,
                const Technology& technology) {
    Account account;
    add_cells(ledger, moment, technology, account.entries);
    for (const Inventory& inventory : inventories) {
        add_clock(ledger, inventory, technology, account.entries);
        add_static(moment, inventory, technology, account.entries);
        account.area_mm2[inventory.component] += area(technology, inventory) / square_micrometres(1e6);
    }
    const auto key = [](const Entry& entry) {
        return std::tie(entry.component, entry.operation, entry.phase, entry.layer);
    };
    std::stable_sort(account.entries.begin(), account.entries.end(),
                     [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
    for (const Entry& entry : account.entries) {
        account.total += entry.energy;
        (entry.is_static ? account.static_ : account.dynamic) += entry.energy;
        account.by_group[static_cast<std::size_t>(entry.group)] += entry.energy;
        account.by_component[entry.component] += entry.energy;
        account.by_operation[entry.operation] += entry.energy;
        account.by_phase[entry.phase] += entry.energy;
        account.by_layer[entry.layer] += entry.energy;
    }
    for (std::size_t group = 0; group < account.by_group.size(); ++group) {
        account.low += scale(account.by_group[group], technology.uncertainty[group].low);
        account.high += scale(account.by_group[group], technology.uncertainty[group].high);
    }
    return account;
}

}  // namespace ulpsim::power
