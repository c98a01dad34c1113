#pragma once
#include <string>
#include <vector>

#include "platform/configuration/expansion_costs.hpp"

namespace ulpsim::program {

/// What `ulpsim formats --expansions` prints.
std::string trade_off_table(const std::vector<platform::TradeOff>& rows, const std::string& technology);
/// An array of {operation, base, terms, precision, sequential, dedicated, native: {format, ...}, energy_verdict, ...}.
std::string trade_off_json(const std::vector<platform::TradeOff>& rows);

}  // namespace ulpsim::program
