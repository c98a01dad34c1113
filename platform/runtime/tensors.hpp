#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "models/accelerator/command.hpp"
#include "workloads/executor/op.hpp"

namespace ulpsim::platform {

/// Where a tensor lies and which commands use it: what the lowering needs to know of it.
struct TensorState {
    workloads::Tensor tensor;
    std::string name;
    bool in_scratchpad = false;
    std::uint64_t address = 0;  ///< accelerator DRAM as its DMA addresses it; scratchpad offset; host address
    models::Tokens written{};   ///< retired: the tensor holds its last value
    models::Tokens read{};      ///< retired: nobody reads it any more
    models::Tokens writing{};   ///< of the Op being lowered: its blocks do not wait for each other

    std::uint64_t pitch() const { return arithmetic::row_bytes(tensor.format, tensor.columns); }
    std::uint64_t plane() const { return tensor.rows * pitch(); }
    std::uint64_t bytes() const { return arithmetic::packed_bytes(tensor.format, tensor.rows, tensor.columns); }
};

using Tensors = std::map<std::uint32_t, TensorState>;

}  // namespace ulpsim::platform
