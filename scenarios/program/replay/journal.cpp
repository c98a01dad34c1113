#include "scenarios/program/replay/journal.hpp"

#include "models/arithmetic/error.hpp"
#include "scenarios/program/results/version.hpp"

namespace ulpsim::program {
namespace {

constexpr const char* stream_name = "stream.bin";

}  // namespace

Journal::Journal(workloads::Executor& machine, const Run& run, const Checkpoint* from,
                 const std::function<void()>& revive)
    : run_(run),
      from_(from),
      recorded_(from == nullptr ? "" : read_stream(run.folder / stream_name, from->stream_file_bytes)),
      recorder_(
          from == nullptr ? machine : resumption_.emplace(machine, reader_.emplace(recorded_), from->drained, revive),
          run.problem, [this](const std::string& bytes) { take(bytes); }) {
    if (from == nullptr) file_.emplace(run.folder / stream_name);
}

workloads::Event Journal::tell(const workloads::Event& event) {
    const workloads::Event told = resumption_ ? resumption_->told(event) : event;
    recorder_.event(told);
    if (const auto* where = std::get_if<workloads::Drained>(&told)) drained(*where);
    return told;
}

void Journal::end(workloads::Status status) {
    if (file_) recorder_.end(status);  // else it was interrupted before its checkpoint, which stays
}

void Journal::take(const std::string& bytes) {
    if (file_) {
        file_->write(bytes);
    } else {
        repeated_ += bytes;
    }
}

void Journal::drained(const workloads::Drained& where) {
    ++drained_;
    recorder_.flush();
    if (!file_) {
        if (drained_ == from_->drained) take_up();
        return;
    }
    Checkpoint checkpoint{.version = build_version(),
                          .technology_digest = run_.technology_digest,
                          .epoch = where.epoch,
                          .step = where.step,
                          .drained = drained_,
                          .stream_file_bytes = file_->size(),
                          .tensors = {}};
    for (const auto& [id, tensor] : recorder_.tensors()) {
        const std::vector<std::uint8_t> bytes = recorder_.peek(tensor);
        checkpoint.tensors.push_back({id, std::string(bytes.begin(), bytes.end())});
    }
    write_checkpoint(run_.folder, checkpoint);
}

void Journal::take_up() {
    if (repeated_ != recorded_) {
        throw DataError(run_.folder.string() +
                        ": the run cannot be resumed: it does not repeat what stream.bin "
                        "recorded; allowed: the program and the data that began it");
    }
    repeated_.clear();
    file_.emplace(run_.folder / stream_name, from_->stream_file_bytes);
}

}  // namespace ulpsim::program
