#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ulpsim::program {

/// A layer of a SCALE-Sim topology file as the product (m x k) (k x n) that it is.
struct TopologyLayer {
    std::string name;
    std::uint64_t m = 0, n = 0, k = 0;
};

/// Reads a SCALE-Sim topology: a line of heads, then a layer a line, commas between and at the end.
///   convolutions  name, input height, input width, filter height, filter width, channels, filters, stride [, stride of
///                 the width]: m = pixels of the output, without padding, n = filters, k = pixels of the filter x
///                 channels. A name that holds `DP` is depth-wise: `filters` layers of one filter each.
///   products      name, m, n, k
/// Throws Error "FILE:LINE: what is wrong; allowed: ..." and, where there is no file, DataError.
std::vector<TopologyLayer> read_topology(const std::filesystem::path& file);
std::vector<TopologyLayer> parse_topology(const std::string& text, const std::string& file);

}  // namespace ulpsim::program
