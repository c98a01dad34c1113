#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <variant>

#include "models/arithmetic/dot.hpp"

namespace ulpsim::power {

// What hardware does, as typed keys. A component counts them; only a technology says what one costs. The text form
// (`mac[e4m3fn*e4m3fn+e8m23,rne]`) exists in files alone.

/// One multiply-accumulate: everything that changes its hardware.
struct Mac { arithmetic::Dot dot; };
/// One fused a * b + c with its own formats, as the vector unit has it.
struct Fma { arithmetic::Format a, b, c; arithmetic::Rounding rounding; };
struct Add { arithmetic::Format format; arithmetic::Rounding rounding; };
struct Multiply { arithmetic::Format a, b, out; arithmetic::Rounding rounding; };
struct Divide { arithmetic::Format format; };
struct Convert { arithmetic::Format from, to; arithmetic::Rounding rounding; };
struct Compare { std::uint32_t bits; };
/// Dedicated 2Sum operator (facts: synthesis 4); the sequential one counts its six additions.
struct TwoSum { arithmetic::Format format; };
/// exp, log: an iteration of fused multiply-adds in `format`; the cost model says how many.
struct Elementary { enum class Function : std::uint8_t { exp, log } function; arithmetic::Format format; };
/// Random bits produced by the counter-based generator of a unit.
struct RandomBits { std::uint32_t bits; };
/// One access of `bits` to a bank of `bank_kib`.
struct SramRead { std::uint32_t bits; std::uint32_t bank_kib; };
struct SramWrite { std::uint32_t bits; std::uint32_t bank_kib; };
/// One bit clocked into a register.
struct RegisterBit {};
/// One activate with its precharge; one byte moved; one refresh of a channel. `model` names the DRAM.
struct DramActivate { std::string model; };
struct DramReadByte { std::string model; };
struct DramWriteByte { std::string model; };
struct DramRefresh { std::string model; };
/// One byte over the on-chip bus.
struct BusByte { std::uint32_t width_bits; };
/// One byte on the wire, and one message, of an off-chip channel.
struct LinkByte { std::string model; };
struct LinkMessage { std::string model; };
/// One busy cycle of a host core.
struct HostCycle { std::string model; };
/// One descriptor decoded by the sequencer.
struct Descriptor {};
/// Written by the ledger itself when it closes: clock tree of ungated cycles, leakage and idle power.
struct Clock {};
struct Static {};

using Operation = std::variant<Mac, Fma, Add, Multiply, Divide, Convert, Compare, TwoSum, Elementary, RandomBits, SramRead,
                               SramWrite, RegisterBit, DramActivate, DramReadByte, DramWriteByte, DramRefresh, BusByte,
                               LinkByte, LinkMessage, HostCycle, Descriptor, Clock, Static>;

/// The key as files show it.
std::string text(const Operation& operation);

/// The groups that have an uncertainty of their own.
enum class Group : std::uint8_t { logic, sram, dram, channel, host };
inline constexpr int group_count = 5;
Group group(const Operation& operation);

}  // namespace ulpsim::power
