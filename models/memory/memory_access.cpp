#include "models/memory/memory_access.hpp"

#include <algorithm>
#include <cstring>

#include "models/memory/address_range.hpp"

namespace ulpsim::models {
namespace {

tlm::tlm_response_status objection(const tlm::tlm_generic_payload& payload, std::uint64_t size) {
    if (!payload.is_read() && !payload.is_write()) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (payload.get_data_length() == 0 || payload.get_streaming_width() < payload.get_data_length())
        return tlm::TLM_BURST_ERROR_RESPONSE;
    const AddressRange whole{0, size};
    if (!whole.includes(payload.get_address(), payload.get_data_length())) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
}

void copy(const tlm::tlm_generic_payload& payload, std::uint8_t* place, std::size_t bytes) {
    if (payload.is_read())
        std::memcpy(payload.get_data_ptr(), place, bytes);
    else
        std::memcpy(place, payload.get_data_ptr(), bytes);
}

}  // namespace

bool refused(tlm::tlm_generic_payload& payload, std::uint64_t size) {
    const tlm::tlm_response_status status = objection(payload, size);
    if (status == tlm::TLM_OK_RESPONSE) return false;
    payload.set_response_status(status);
    return true;
}

void serve(tlm::tlm_generic_payload& payload, std::uint8_t* storage) {
    if (access_of(payload).values) copy(payload, storage + payload.get_address(), payload.get_data_length());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned serve_debug(const tlm::tlm_generic_payload& payload, std::uint8_t* storage, std::uint64_t size) {
    const std::uint64_t address = payload.get_address();
    if (address >= size || (!payload.is_read() && !payload.is_write())) return 0;
    const auto bytes = static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), size - address));
    copy(payload, storage + address, bytes);
    return bytes;
}

}  // namespace ulpsim::models
