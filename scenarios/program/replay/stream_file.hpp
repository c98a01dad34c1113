#pragma once
#include <filesystem>
#include <fstream>
#include <string>

namespace ulpsim::program {

/// The operation stream of a run (workloads/recording/stream.hpp) as RUN/stream.bin: the line "ulpsim stream 1", then
/// blocks. A block is three little-endian 32-bit numbers (bytes unpacked, bytes packed, CRC-32 of the unpacked ones)
/// and so many packed bytes (zlib). Blocks are whole pieces of the stream; a reader puts them together.
class StreamFile {
public:
    /// Starts a new file. Throws Error when it cannot be written.
    explicit StreamFile(const std::filesystem::path& file);
    /// Adds a block.
    void write(const std::string& bytes);

private:
    std::filesystem::path path_;
    std::ofstream file_;
};

/// The stream that a file holds. Throws DataError when there is none or it is damaged.
std::string read_stream(const std::filesystem::path& file);

}  // namespace ulpsim::program
