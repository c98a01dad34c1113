#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ulpsim::program {

struct TensorBytes {
    std::uint32_t id = 0;
    std::string bytes;  ///< packed
};

/// All of a run at a place where its program drained: the tensors, and how much of stream.bin leads there.
struct Checkpoint {
    std::string version, technology_digest;  ///< of the program and the figures that the run began with
    std::uint64_t epoch = 0, step = 0;       ///< the step from the start of the run
    std::uint64_t drained = 0;               ///< how many times the program had drained, this time included
    std::uint64_t stream_file_bytes = 0;     ///< of stream.bin
    std::vector<TensorBytes> tensors;
};

/// Replaces RUN/checkpoint.bin: the line "ulpsim checkpoint 1", then the fields above as workloads/recording/fields.hpp
/// writes them, in one block as stream_file.hpp has them.
void write_checkpoint(const std::filesystem::path& run_folder, const Checkpoint& checkpoint);

/// Nothing where there is none. Throws DataError when it is damaged.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& run_folder);

/// Throws DataError unless this program, with the technology's figures as they are now, made the checkpoint and the
/// recording that leads there is whole.
void check_can_resume(const Checkpoint& checkpoint, const std::filesystem::path& run_folder,
                      const std::string& technology_digest);

}  // namespace ulpsim::program
