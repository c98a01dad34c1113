#include "scenarios/program/replay/replayed_run.hpp"

#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/replay/stream_file.hpp"
#include "workloads/recording/recorder.hpp"

namespace ulpsim::program {
namespace {

[[noreturn]] void refuse_stream(const Recording& recording, const std::exception& error) {
    throw DataError((recording.folder / "stream.bin").string() + " cannot be replayed: " + error.what() +
                    "; allowed: a finished run of this version of ulpsim");
}

workloads::StreamReader reader_of(const Recording& recording) {
    try {
        return workloads::StreamReader(recording.stream);
    } catch (const std::runtime_error& error) {
        refuse_stream(recording, error);
    }
}

void refuse_other_keys(const std::string& assignment) {
    const std::string key = assignment.substr(0, assignment.find('='));
    const bool kind = key == "platform.kind" || key.starts_with("platform.kind.");
    if (key.starts_with("platform.") && !kind) return;
    throw Error("--set " + assignment + ": " + key +
                " would change the arithmetic, which a replay takes from the recording; allowed: keys of platform.* "
                "but platform.kind");
}

}  // namespace

Recording open_recording(const std::filesystem::path& run_folder) {
    if (!std::filesystem::exists(run_folder / "results.json")) {
        throw DataError(run_folder.string() + ": holds no finished run; allowed: a folder that `ulpsim run` left");
    }
    return {run_folder, read_stream(run_folder / "stream.bin")};
}

Prepared prepare_replay(const Recording& recording, const std::vector<std::string>& set) {
    for (const std::string& assignment : set) refuse_other_keys(assignment);
    return prepare_replay(recording,
                          ScenarioFile::open(recording.folder / "scenario.yaml", {.set = set, .seed = std::nullopt}));
}

Prepared prepare_replay(const Recording& recording, ScenarioFile file) {
    const ScenarioFile recorded = ScenarioFile::open(recording.folder / "scenario.yaml");
    if (arithmetic_text(recorded.scenario()) != arithmetic_text(file.scenario())) {
        throw DataError(recording.folder.string() +
                        ": its run trained otherwise than the scenario that is to replay it; allowed: one that differs "
                        "in its name and platform.* only");
    }
    return prepare_without_data(std::move(file), reader_of(recording).problem());
}

std::string arithmetic_text(const Scenario& scenario) {
    Scenario bare = scenario;
    bare.name.clear();
    bare.platform = {};
    bare.platform.kind = scenario.platform.kind;
    return resolved_text(bare);
}

RunResults replay_on_platform(const Recording& recording, const Prepared& prepared, Progress& progress) {
    const platform::SimulationOptions options{.seed = prepared.scenario().training.seed, .threads = 1, .values = false};
    workloads::StreamReader stream = reader_of(recording);
    const auto program = [&](workloads::Executor& executor, const workloads::Observer& observer,
                             platform::Simulation&) { return workloads::replay(stream, executor, observer); };
    RunResults results = run_on_platform(prepared, options, progress, program);
    results.replayed = true;
    return results;
}

RunResults replay_into(const std::filesystem::path& folder, const Recording& recording, const Prepared& prepared,
                       Progress& progress) {
    const Lock lock = lock_of_run(folder);
    claim_folder(folder, prepared.scenario());
    RunResults results = replay_on_platform(recording, prepared, progress);
    write_run(folder, prepared.scenario(), results);
    return results;
}

}  // namespace ulpsim::program
