#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace ulpsim::program {

/// The operation stream of a run (workloads/recording/stream.hpp) as RUN/stream.bin: the line "ulpsim stream 1", then
/// blocks. A block is three little-endian 32-bit numbers (bytes unpacked, bytes packed, CRC-32 of the unpacked ones)
/// and so many packed bytes (zlib). Blocks are whole pieces of the stream; a reader puts them together.
class StreamFile {
public:
    /// Starts a new file, or goes on behind the first `keep` bytes of one. Throws Error when it cannot be written.
    explicit StreamFile(const std::filesystem::path& file, std::uint64_t keep = 0);
    /// Adds a block.
    void write(const std::string& bytes);
    /// Bytes of the file so far.
    std::uint64_t size() const { return size_; }

private:
    void append(const std::string& bytes);

    std::filesystem::path path_;
    std::ofstream file_;
    std::uint64_t size_ = 0;
};

inline constexpr std::uint64_t whole_file = ~std::uint64_t{0};

/// The stream that a file holds, or its first `file_bytes` bytes do. Throws DataError when there is none, it is shorter or
/// damaged.
std::string read_stream(const std::filesystem::path& file, std::uint64_t file_bytes = whole_file);

/// How hard a block is packed: tensors hardly shrink, and a run waits for its checkpoints.
enum class Packing { small, none };
/// A block as a file of its own may hold it too.
std::string block(const std::string& bytes, Packing packing);
/// The bytes of the blocks in `text` from `at` on. Throws std::runtime_error saying what is wrong with them.
std::string unpacked_blocks(const std::string& text, std::size_t at);

}  // namespace ulpsim::program
