#pragma once
#include <cstdint>
#include <systemc>
#include <tlm>

#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// What an initiator says about a transaction beside the payload: for whom it is charged, how it may overlap inside,
/// and whether bytes move. Ignorable: a target that does not find it charges tag 0, assumes one outstanding burst,
/// moves bytes. Set on an automatic payload before the call and cleared after it; the initiator owns it (Transaction
/// does both).
struct Access : tlm::tlm_extension<Access> {
    power::Tag tag{};
    unsigned max_outstanding = 1;  ///< bursts in flight inside this transaction; 0 counts as 1
    bool message = true;  ///< false: a register access, which no driver prepares; a channel charges no message for it
    bool values = true;   ///< false: sizes move instead of bytes and nobody follows the data pointer, which still must
                          ///< not be null; times and meters do not change

    tlm::tlm_extension_base* clone() const override { return new Access(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const Access&>(other); }
};

/// The payload's Access, or what an absent one means.
inline const Access& access_of(const tlm::tlm_generic_payload& payload) {
    static const Access absent;
    const Access* access = payload.get_extension<Access>();
    return access == nullptr ? absent : *access;
}

/// Picoseconds of a time, exactly (the resolution is 1 ps).
inline std::uint64_t picoseconds(const sc_core::sc_time& time) { return time.value(); }
/// A time of so many picoseconds, exactly.
inline sc_core::sc_time time_of_picoseconds(std::uint64_t value) { return sc_core::sc_time::from_value(value); }

}  // namespace ulpsim::models
