#pragma once
#include <cstdint>
#include <systemc>
#include <tlm>

#include "power/ledger/ledger.hpp"

namespace ulpsim::models {

/// What an initiator says about a transaction beside the payload: for whom it is charged, how it may overlap inside, and
/// whether bytes move. Ignorable: a target that does not find it charges tag 0, assumes one outstanding burst, moves bytes.
/// Set on an automatic payload before the call and cleared after it; the initiator owns it.
struct Access : tlm::tlm_extension<Access> {
    power::Tag tag{};
    unsigned max_outstanding = 1;  ///< bursts in flight inside this transaction
    bool values = true;            ///< false: sizes move instead of bytes; times and meters do not change

    tlm::tlm_extension_base* clone() const override { return new Access(*this); }
    void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const Access&>(other); }
};

/// Picoseconds of a time, exactly (the resolution is 1 ps).
inline std::uint64_t picoseconds(const sc_core::sc_time& time) { return time.value(); }

}  // namespace ulpsim::models
