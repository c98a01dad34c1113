#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "models/arithmetic/dot.hpp"

namespace ulpsim::power {

// What hardware does, as typed keys. A component counts them; only a technology says what one costs. The text form
// (`mac[e4m3fn*e4m3fn+e8m23,rne]`) exists in files alone.

/// One multiply-accumulate: everything that changes its hardware.
struct Mac {
    arithmetic::Dot dot;
    friend bool operator==(const Mac&, const Mac&) = default;
};
/// One fused a * b + c with its own formats, as the vector unit has it.
struct Fma {
    arithmetic::Format a, b, c;
    arithmetic::Rounding rounding;
    friend bool operator==(const Fma&, const Fma&) = default;
};
struct Add {
    arithmetic::Format format;
    arithmetic::Rounding rounding;
    friend bool operator==(const Add&, const Add&) = default;
};
struct Multiply {
    arithmetic::Format a, b, out;
    arithmetic::Rounding rounding;
    friend bool operator==(const Multiply&, const Multiply&) = default;
};
struct Divide {
    arithmetic::Format format;
    friend bool operator==(const Divide&, const Divide&) = default;
};
struct Convert {
    arithmetic::Format from, to;
    arithmetic::Rounding rounding;
    friend bool operator==(const Convert&, const Convert&) = default;
};
struct Compare {
    std::uint32_t bits;
    friend bool operator==(const Compare&, const Compare&) = default;
};
/// Dedicated 2Sum operator (facts: synthesis 4); the sequential one counts its six additions.
struct TwoSum {
    arithmetic::Format format;
    friend bool operator==(const TwoSum&, const TwoSum&) = default;
};
/// Dedicated 2Prod operator: a multiplier that keeps the lower half of its product too; the sequential one counts a
/// product and a fused multiply-add.
struct TwoProduct {
    arithmetic::Format format;
    friend bool operator==(const TwoProduct&, const TwoProduct&) = default;
};
/// exp, log: an iteration of fused multiply-adds in `format`; the cost model says how many.
struct Elementary {
    enum class Function : std::uint8_t { exp, log } function;
    arithmetic::Format format;
    friend bool operator==(const Elementary&, const Elementary&) = default;
};
/// Random bits produced by the counter-based generator of a unit.
struct RandomBits {
    std::uint32_t bits;
    friend bool operator==(const RandomBits&, const RandomBits&) = default;
};
/// One access of `bits` to a bank of `bank_kib`.
struct SramRead {
    std::uint32_t bits;
    std::uint32_t bank_kib;
    friend bool operator==(const SramRead&, const SramRead&) = default;
};
struct SramWrite {
    std::uint32_t bits;
    std::uint32_t bank_kib;
    friend bool operator==(const SramWrite&, const SramWrite&) = default;
};
/// One bit clocked into a register of a component that lists no clocked cycles (the others pay by the cycle).
struct RegisterBit {
    friend bool operator==(const RegisterBit&, const RegisterBit&) = default;
};
/// One activate with its precharge; one byte moved; one refresh of a channel. `model` names the DRAM.
struct DramActivate {
    std::string model;
    friend bool operator==(const DramActivate&, const DramActivate&) = default;
};
struct DramReadByte {
    std::string model;
    friend bool operator==(const DramReadByte&, const DramReadByte&) = default;
};
struct DramWriteByte {
    std::string model;
    friend bool operator==(const DramWriteByte&, const DramWriteByte&) = default;
};
struct DramRefresh {
    std::string model;
    friend bool operator==(const DramRefresh&, const DramRefresh&) = default;
};
/// One byte over the on-chip bus.
struct BusByte {
    std::uint32_t width_bits;
    friend bool operator==(const BusByte&, const BusByte&) = default;
};
/// One byte on the wire, and one message, of an off-chip channel.
struct LinkByte {
    std::string model;
    friend bool operator==(const LinkByte&, const LinkByte&) = default;
};
struct LinkMessage {
    std::string model;
    friend bool operator==(const LinkMessage&, const LinkMessage&) = default;
};
/// One busy cycle of a host core.
struct HostCycle {
    std::string model;
    friend bool operator==(const HostCycle&, const HostCycle&) = default;
};
/// One descriptor decoded by the sequencer.
struct Descriptor {
    friend bool operator==(const Descriptor&, const Descriptor&) = default;
};
/// Written by account() alone: registers and clock tree in ungated cycles, leakage and idle power.
struct Clock {
    friend bool operator==(const Clock&, const Clock&) = default;
};
struct Static {
    friend bool operator==(const Static&, const Static&) = default;
};

using Operation = std::variant<Mac, Fma, Add, Multiply, Divide, Convert, Compare, TwoSum, TwoProduct, Elementary,
                               RandomBits, SramRead, SramWrite, RegisterBit, DramActivate, DramReadByte, DramWriteByte,
                               DramRefresh, BusByte, LinkByte, LinkMessage, HostCycle, Descriptor, Clock, Static>;

/// The key as files show it.
std::string text(const Operation& operation);

/// The groups that have an uncertainty of their own.
enum class Group : std::uint8_t { logic, sram, dram, channel, host };
inline constexpr int group_count = 5;
Group group(const Operation& operation);
/// `logic`, `sram`, `dram`, `channel`, `host`, as files show it.
std::string_view name(Group group);

}  // namespace ulpsim::power
