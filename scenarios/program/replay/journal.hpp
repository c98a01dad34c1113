#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "scenarios/program/replay/checkpoint.hpp"
#include "scenarios/program/replay/stream_file.hpp"
#include "workloads/recording/recorder.hpp"
#include "workloads/recording/resumption.hpp"

namespace ulpsim::program {

/// What a run leaves while it works: stream.bin grows, and checkpoint.bin is replaced wherever its program drains. A
/// resumed run makes its first calls again; both files are as though it had never been killed.
class Journal {
public:
    struct Run {
        std::filesystem::path folder;
        std::string technology_digest;
        workloads::Problem problem;
    };
    /// `from`: where a resumed run takes up; `revive` is then called with its machine drained, and must switch the values
    /// on and bring the tensors back. Both outlive the journal.
    Journal(workloads::Executor& machine, const Run& run, const Checkpoint* from, const std::function<void()>& revive);

    /// For the training program.
    workloads::Executor& executor() { return recorder_; }
    /// Every event of the program passes through here; what comes out is for its observer.
    workloads::Event tell(const workloads::Event& event);
    void end(workloads::Status status);
    /// False of a resumed run on its way to its checkpoint.
    bool is_recording() const { return file_.has_value(); }

private:
    void take(const std::string& bytes);
    void drained(const workloads::Drained& where);
    void take_up();

    Run run_;
    const Checkpoint* from_;
    std::string recorded_, repeated_;  // of a resumed run: the stream up to the checkpoint, and what it does again
    std::optional<workloads::StreamReader> reader_;
    std::optional<workloads::Resumption> resumption_;
    std::optional<StreamFile> file_;
    workloads::Recorder recorder_;
    std::uint64_t drained_ = 0;
};

}  // namespace ulpsim::program
