#pragma once
#include <array>
#include <cstdint>

namespace ulpsim::arithmetic {

/// One round of AES encryption (FIPS 197): SubBytes, ShiftRows, MixColumns, AddRoundKey; the last one without
/// MixColumns. Word i is column i of the state, its first byte the least significant, as the AES instructions order
/// them.
std::array<std::uint32_t, 4> aes_round(const std::array<std::uint32_t, 4>& state,
                                       const std::array<std::uint32_t, 4>& key);
std::array<std::uint32_t, 4> aes_last_round(const std::array<std::uint32_t, 4>& state,
                                            const std::array<std::uint32_t, 4>& key);

}  // namespace ulpsim::arithmetic
