#pragma once
#include <cstdint>

#include "models/memory/access.hpp"

namespace ulpsim::models {

/// A payload with its Access, every attribute set as the base protocol wants it before b_transport; to be used again and
/// again, or once on the stack. The extension is taken off at the end of the scope, also when an exception passes: the
/// payload would delete it otherwise.
class Transaction {
public:
    Transaction() = default;
    /// `data` holds `bytes` > 0 bytes; not null even when access.values is false.
    Transaction(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, unsigned bytes,
                const Access& access) {
        start(command, address, data, bytes, access);
    }
    ~Transaction() { payload_.clear_extension(&access_); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// The next transaction; the one before has ended.
    void start(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, unsigned bytes,
               const Access& access) {
        access_ = access;
        payload_.set_command(command);
        payload_.set_address(address);
        payload_.set_data_ptr(data);
        payload_.set_data_length(bytes);
        payload_.set_streaming_width(bytes);
        payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        payload_.set_dmi_allowed(false);
        payload_.set_extension(&access_);
    }
    tlm::tlm_generic_payload& payload() { return payload_; }

private:
    Access access_;
    tlm::tlm_generic_payload payload_;
};

}  // namespace ulpsim::models
