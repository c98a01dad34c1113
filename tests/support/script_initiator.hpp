#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

#include "models/memory/transaction.hpp"

namespace ulpsim::tests {

/// An initiator that runs a script (a function) as its process, for tests.
class ScriptInitiator : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<ScriptInitiator, 128> initiator{"initiator"};

    struct Outcome {
        tlm::tlm_response_status status;
        std::uint64_t picoseconds;  ///< from the call to the annotated end
    };

    explicit ScriptInitiator(const sc_core::sc_module_name& name, std::function<void()> script = {})
        : sc_module(name), script_(std::move(script)) {
        SC_HAS_PROCESS(ScriptInitiator);
        SC_THREAD(run);
    }
    void set_script(std::function<void()> script) { script_ = std::move(script); }

    /// One access that starts now; simulated time has passed its end when this returns, so the next one is
    /// synchronised.
    Outcome access(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, unsigned bytes,
                   const models::Access& about = {}) {
        models::Transaction transaction(command, address, data, bytes, about);
        return send(transaction.payload());
    }
    Outcome read(std::uint64_t address, std::vector<std::uint8_t>& data, const models::Access& about = {}) {
        return access(tlm::TLM_READ_COMMAND, address, data.data(), static_cast<unsigned>(data.size()), about);
    }
    Outcome write(std::uint64_t address, std::vector<std::uint8_t>& data, const models::Access& about = {}) {
        return access(tlm::TLM_WRITE_COMMAND, address, data.data(), static_cast<unsigned>(data.size()), about);
    }
    Outcome send(tlm::tlm_generic_payload& payload) {
        const sc_core::sc_time start = sc_core::sc_time_stamp();
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        initiator->b_transport(payload, delay);
        wait(delay);
        return {payload.get_response_status(), models::picoseconds(sc_core::sc_time_stamp() - start)};
    }
    /// A write whose end nobody waits for: where the simulation stops on it, the process has ended and leaves no stack.
    tlm::tlm_response_status post(std::uint64_t address, std::vector<std::uint8_t>& data) {
        models::Transaction transaction(tlm::TLM_WRITE_COMMAND, address, data.data(),
                                        static_cast<unsigned>(data.size()), {});
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        initiator->b_transport(transaction.payload(), delay);
        return transaction.payload().get_response_status();
    }
    unsigned debug(tlm::tlm_command command, std::uint64_t address, std::vector<std::uint8_t>& data) {
        models::Transaction transaction(command, address, data.data(), static_cast<unsigned>(data.size()), {});
        return initiator->transport_dbg(transaction.payload());
    }
    void sleep_until(std::uint64_t picoseconds) {
        wait(models::time_of_picoseconds(picoseconds) - sc_core::sc_time_stamp());
    }

private:
    void run() {
        if (script_) script_();
    }
    std::function<void()> script_;
};

}  // namespace ulpsim::tests
