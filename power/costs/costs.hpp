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

/// Nominal energy of one operation. Throws Error when the technology lacks it (an unknown DRAM, host or channel). A
/// busy host cycle is charged without the idle part of its power, which static_power() has; `clock` and `static` are 0
/// here.
Energy energy(const Technology& technology, const Operation& operation);
/// Area of one operator, pipeline registers of floats included; random_bits: a generator of so many bits a cycle.
Area area(const Technology& technology, const Operation& operation);
/// Delay of one unpipelined mac, fma, add, mul, twosum or twoprod in picoseconds, with subnormals; what
/// `formats --technology` prints. That of a twoprod is a fused multiply-add's (structural).
/// Throws Error for other operations. The fit's rms error is 6 % before the scale to the node.
double delay_ps(const Technology& technology, const Operation& operation);

/// On the chip: operators, registers, SRAM, DRAM controllers and PHYs, channel PHYs, host cores; no DRAM dies.
Area area(const Technology& technology, const Inventory& inventory);
/// Leakage of logic and SRAM, standby of DRAM, idle of channel and host.
Power static_power(const Technology& technology, const Inventory& inventory);
/// Energy of one ungated cycle of the component's registers and clock tree.
Energy clock_energy(const Technology& technology, const Inventory& inventory);
/// The group whose uncertainty scales a component's static power: its dearest part's.
Group static_group(const Inventory& inventory);

}  // namespace ulpsim::power
