#include "scenarios/program/replay/checkpoint.hpp"

#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/replay/stream_file.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/version.hpp"
#include "workloads/recording/fields.hpp"

namespace ulpsim::program {
namespace {

const std::string magic = "ulpsim checkpoint 1\n";

std::filesystem::path path_in(const std::filesystem::path& folder) { return folder / "checkpoint.bin"; }

}  // namespace

void write_checkpoint(const std::filesystem::path& run_folder, const Checkpoint& checkpoint) {
    workloads::ByteWriter fields;
    fields.put(checkpoint);
    write_file(path_in(run_folder), magic + block(fields.bytes(), Packing::none));
}

std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& run_folder) {
    const std::string text = read_file(path_in(run_folder));
    if (text.empty()) return std::nullopt;
    try {
        if (!text.starts_with(magic)) throw std::runtime_error("is no checkpoint");
        const std::string fields = unpacked_blocks(text, magic.size());
        return workloads::ByteReader(fields).get<Checkpoint>();
    } catch (const std::runtime_error& error) {
        throw DataError(path_in(run_folder).string() + ": " + error.what() +
                        "; allowed: the checkpoint.bin that a run leaves");
    }
}

void check_can_resume(const Checkpoint& checkpoint, const std::filesystem::path& run_folder,
                      const std::string& technology_digest) {
    if (checkpoint.version != build_version() || checkpoint.technology_digest != technology_digest) {
        throw DataError(run_folder.string() +
                        ": the run was begun by another build of ulpsim or with other cost figures; "
                        "allowed: the same ones, or a new run");
    }
    read_stream(run_folder / "stream.bin", checkpoint.stream_file_bytes);
}

}  // namespace ulpsim::program
