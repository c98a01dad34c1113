#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/memory/access.hpp"

namespace ulpsim::tests {

/// Sits between an initiator and a target socket and holds every b_transport and transport_dbg against the TLM-2.0 base
/// protocol (IEEE 1666-2011, clauses as listed in each rule), loosely timed part. What it finds is in violations().
class ProtocolChecker : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<ProtocolChecker, 128> target{"target"};
    tlm_utils::simple_initiator_socket<ProtocolChecker, 128> initiator{"initiator"};

    explicit ProtocolChecker(const sc_core::sc_module_name& name) : sc_module(name) {
        target.register_b_transport(this, &ProtocolChecker::b_transport);
        target.register_transport_dbg(this, &ProtocolChecker::transport_dbg);
    }
    const std::vector<std::string>& violations() const { return violations_; }
    std::uint64_t transactions() const { return transactions_; }

private:
    /// What nobody on the way may change (14.7); the address belongs to the interconnect.
    struct Snapshot {
        tlm::tlm_command command;
        unsigned char* data;
        unsigned length, streaming_width, enable_length;
        unsigned char* enables;
        std::vector<unsigned char> written;  // data array of a write
        models::Access access;
        bool has_access;
    };

    void require(bool holds, const char* rule) {
        if (!holds) violations_.emplace_back(rule);
    }

    static Snapshot snapshot(const tlm::tlm_generic_payload& p) {
        const auto* access = p.get_extension<models::Access>();
        Snapshot s{.command = p.get_command(),
                   .data = p.get_data_ptr(),
                   .length = p.get_data_length(),
                   .streaming_width = p.get_streaming_width(),
                   .enable_length = p.get_byte_enable_length(),
                   .enables = p.get_byte_enable_ptr(),
                   .written = {},
                   .access = models::access_of(p),
                   .has_access = access != nullptr};
        if (p.is_write() && s.access.values && s.data != nullptr) s.written.assign(s.data, s.data + s.length);
        return s;
    }

    void check_before(const tlm::tlm_generic_payload& p) {
        require(p.get_data_ptr() != nullptr, "data pointer is null");
        require(p.get_data_length() > 0, "data length is 0");
        require(p.get_streaming_width() > 0, "14.15: streaming width is 0");
        require(p.get_byte_enable_ptr() == nullptr || p.get_byte_enable_length() > 0, "14.14: byte enable length is 0");
        require(!p.is_dmi_allowed(), "14.16: dmi_allowed is set");
        require(p.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE, "14.17: response status is not INCOMPLETE");
        require(p.get_gp_option() == tlm::TLM_MIN_PAYLOAD, "14.8: gp_option is not MIN_PAYLOAD");
    }

    void check_unchanged(const tlm::tlm_generic_payload& p, const Snapshot& s) {
        require(p.get_command() == s.command, "14.7: command was changed");
        require(p.get_data_ptr() == s.data, "14.7: data pointer was changed");
        require(p.get_data_length() == s.length, "14.7: data length was changed");
        require(p.get_streaming_width() == s.streaming_width, "14.7: streaming width was changed");
        require(p.get_byte_enable_ptr() == s.enables && p.get_byte_enable_length() == s.enable_length,
                "14.7: byte enables were changed");
        if (!s.written.empty() && p.get_data_ptr() == s.data && p.get_data_length() == s.length)
            require(std::equal(s.written.begin(), s.written.end(), s.data), "14.7: data of a write were changed");
        const auto* access = p.get_extension<models::Access>();
        require((access != nullptr) == s.has_access, "Access extension was set or cleared on the way");
        if (access != nullptr && s.has_access)
            require(access->tag == s.access.tag && access->max_outstanding == s.access.max_outstanding &&
                        access->values == s.access.values,
                    "Access extension was changed");
    }

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
        ++transactions_;
        const bool thread = sc_core::sc_get_current_process_handle().proc_kind() == sc_core::SC_THREAD_PROC_;
        require(thread, "11.1.1.4: b_transport outside a thread");
        check_before(payload);
        const Snapshot before = snapshot(payload);
        const sc_core::sc_time arrival = sc_core::sc_time_stamp() + delay;
        initiator->b_transport(payload, delay);
        require(payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, "response status was not set");
        require(sc_core::sc_time_stamp() + delay >= arrival, "delay decreased");
        check_unchanged(payload, before);
    }

    unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
        const sc_core::sc_time start = sc_core::sc_time_stamp();
        const Snapshot before = snapshot(payload);
        const unsigned moved = initiator->transport_dbg(payload);
        require(moved <= before.length, "11.3.4: debug moved more than it was asked for");
        require(sc_core::sc_time_stamp() == start, "11.3.4: debug took time");
        check_unchanged(payload, before);
        return moved;
    }

    std::vector<std::string> violations_;
    std::uint64_t transactions_ = 0;
};

}  // namespace ulpsim::tests
