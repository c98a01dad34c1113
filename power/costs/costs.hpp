#pragma once
#include <boost/units/quantity.hpp>
#include <boost/units/systems/si.hpp>

#include "power/costs/technology.hpp"
#include "power/ledger/inventory.hpp"

namespace ulpsim::power {

namespace si = boost::units::si;
using Energy = boost::units::quantity<si::energy>;
using Power = boost::units::quantity<si::power>;
using Area = boost::units::quantity<si::area>;
using Time = boost::units::quantity<si::time>;

constexpr Energy picojoules(double value) { return value * 1e-12 * si::joules; }
constexpr Power microwatts(double value) { return value * 1e-6 * si::watts; }
constexpr Area square_micrometres(double value) { return value * 1e-12 * si::square_metres; }

/// Nominal energy of one operation. Throws Error when the technology lacks it (an unknown DRAM, host or channel).
Energy energy(const Technology& technology, const Operation& operation);
/// Area of one operator (registers apart).
Area area(const Technology& technology, const Operation& operation);
/// Delay of one operator in picoseconds, as far as the technology says; what `formats --technology` prints.
double delay_ps(const Technology& technology, const Operation& operation);

Area area(const Technology& technology, const Inventory& inventory);
/// Leakage of logic and SRAM, standby of DRAM, idle of channel and host.
Power static_power(const Technology& technology, const Inventory& inventory);
/// Energy of one ungated cycle of the component's registers and clock tree.
Energy clock_energy(const Technology& technology, const Inventory& inventory);
/// The group whose uncertainty scales a component's static power.
Group static_group(const Inventory& inventory);

}  // namespace ulpsim::power
