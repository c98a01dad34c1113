#pragma once
#include <cstdint>

#include "models/memory/access.hpp"

namespace ulpsim::models {

// What every memory does with a payload; the memory itself knows only how long it takes.

/// Sets the error status and returns true when a plain memory of `size` bytes cannot serve the payload: a command other
/// than read and write, byte enables, a streaming width below the length, an address past the end.
bool refused(tlm::tlm_generic_payload& payload, std::uint64_t size);

/// Moves the bytes between payload and storage unless its Access says that only sizes move; sets TLM_OK_RESPONSE.
/// Precondition: not refused.
void serve(tlm::tlm_generic_payload& payload, std::uint8_t* storage);

/// Debug transport: as many bytes as lie inside, without a status. Returns their number.
unsigned serve_debug(const tlm::tlm_generic_payload& payload, std::uint8_t* storage, std::uint64_t size);

}  // namespace ulpsim::models
