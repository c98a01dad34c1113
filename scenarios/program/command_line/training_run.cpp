#include "scenarios/program/command_line/training_run.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "models/arithmetic/error.hpp"
#include "platform/architectures/fit.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/replay/journal.hpp"
#include "scenarios/program/report/recorded_run.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/number_text.hpp"
#include "scenarios/program/results/version.hpp"

namespace ulpsim::program {
namespace {

// power.csv has about this many lines: pricing a ledger takes a millisecond.
constexpr std::uint64_t power_samples = 200;

/// Listens to a training run: keeps epochs, events and power samples, shows progress, ends the run on Ctrl-C.
class Recorder {
public:
    Recorder(const Prepared& prepared, const platform::Simulation& simulation, Progress& progress)
        : prepared_(prepared),
          simulation_(simulation),
          progress_(progress),
          epochs_(prepared.scenario().training.epochs) {}

    bool operator()(const workloads::Event& event) {
        std::visit([&](const auto& happened) { on(happened); }, event);
        return !interrupted();
    }

    /// After the run: what it cost by each epoch, event and sample.
    void price_into(RunResults& results) const {
        const auto priced = [&](const Reading& reading) { return price(reading, simulation_, prepared_.technology); };
        for (const auto& [quality, reading] : epoch_readings_) results.epochs.push_back({quality, priced(reading)});
        for (const auto& [event, reading] : event_readings_) {
            results.events.push_back(event);
            results.events.back().cost = priced(reading);
        }
        for (const Reading& reading : samples_) results.samples.push_back(priced(reading));
        results.health = health_;
        results.measurements = measurements_;
    }

private:
    Moment now() const { return moment(simulation_, prepared_.technology); }

    void on(const workloads::StepDone& step) {
        ++done_;
        const std::uint64_t steps = epochs_ * step.steps_in_epoch;
        standing_.epoch = step.epoch;
        standing_.epochs = epochs_;
        standing_.step = step.step;
        standing_.steps_in_epoch = step.steps_in_epoch;
        standing_.done = static_cast<double>(done_) / static_cast<double>(steps);
        if (step.loss) standing_.loss = step.loss;
        const bool sample = done_ % std::max<std::uint64_t>(1, steps / power_samples) == 0;
        const bool show = progress_.due();
        if (!sample && !show) return;
        if (sample) samples_.push_back(reading(simulation_));
        if (show) progress_.step(standing(now()));
    }

    void on(const workloads::EpochDone& epoch) {
        samples_.push_back(reading(simulation_));
        epoch_readings_.emplace_back(epoch, samples_.back());
        progress_.epoch(standing(now()), epoch.train_loss, epoch.test_accuracy);
    }

    void on(const workloads::PrecisionChanged& change) {
        note({"precision", change.what, change.epoch, change.step, change.why, {}});
        progress_.note("epoch " + std::to_string(change.epoch) + ", step " + std::to_string(change.step) + ": " +
                       change.what);
    }

    void on(const workloads::LossScaleChanged& change) {
        note({"loss_scale", std::to_string(change.value), change.epoch, change.step, "", {}});
    }

    void on(const workloads::Recentred& change) {
        note({"recentre", "delta " + number_text(change.delta), change.epoch, change.step, "", {}});
    }
    void on(const workloads::Drained&) {}

    void on(const workloads::Measured& measured) { measurements_.push_back(measured); }
    void on(const workloads::HealthCounted& counted) { health_.push_back(counted); }

    void note(EventResult event) { event_readings_.emplace_back(std::move(event), reading(simulation_)); }

    Standing standing(const Moment& cost) {
        standing_.sim_seconds = cost.seconds;
        standing_.energy_j = power::joules(cost.energy);
        standing_.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        return standing_;
    }

    const Prepared& prepared_;
    const platform::Simulation& simulation_;
    Progress& progress_;
    std::vector<std::pair<workloads::EpochDone, Reading>> epoch_readings_;
    std::vector<std::pair<EventResult, Reading>> event_readings_;
    std::vector<Reading> samples_;
    std::vector<workloads::HealthCounted> health_;
    std::vector<workloads::Measured> measurements_;
    std::uint64_t epochs_, done_ = 0;
    Standing standing_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

unsigned default_threads() { return std::max(1u, std::thread::hardware_concurrency()); }

Prepared prepare(ScenarioFile file) {
    const Scenario& scenario = file.scenario();
    workloads::Dataset data;
    file.check("workload.dataset", [&] { data = workloads::load(scenario.dataset); });
    const workloads::Problem problem{data.train.features, data.classes, data.train.count()};
    Prepared prepared = prepare_without_data(std::move(file), problem);
    prepared.data = std::move(data);
    prepared.file.check("workload", [&] {
        workloads::check(prepared.scenario().training, prepared.network, prepared.data,
                         platform::placement(prepared.scenario().platform.kind));
    });
    return prepared;
}

Prepared prepare_without_data(ScenarioFile file, const workloads::Problem& problem) {
    const Scenario& scenario = file.scenario();
    power::Technology technology = read_technology(scenario.platform.technology);
    workloads::Network network;
    file.check("workload", [&] { network = workloads::build(scenario.network, problem.features, problem.classes); });
    file.check("platform",
               [&] { platform::check_fit(scenario.platform, scenario.training, network, problem.train_samples); });
    return {std::move(file), {}, std::move(network), std::move(technology)};
}

RunResults run_on_platform(const Prepared& prepared, const platform::SimulationOptions& options, Progress& progress,
                           const HostProgram& program) {
    const Scenario& scenario = prepared.scenario();
    const auto start = std::chrono::steady_clock::now();
    platform::Simulation simulation(scenario.platform, options);
    Recorder recorder(prepared, simulation, progress);
    workloads::Status status = workloads::Status::completed;
    prepared.file.simulate([&] {
        simulation.run(
            [&](workloads::Executor& executor) { status = program(executor, std::ref(recorder), simulation); });
    });
    RunResults results = collect(simulation, prepared.technology);
    results.status = status;
    results.health_config = scenario.training.health;
    recorder.price_into(results);
    results.samples.push_back(moment(simulation, prepared.technology));
    results.threads = options.threads;
    results.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    results.technology_digest = digest(technology_file(scenario.platform.technology));
    return results;
}

RunResults train_on_platform(const Prepared& prepared, unsigned threads, const std::filesystem::path& folder,
                             Progress& progress, const std::optional<Checkpoint>& from) {
    const Scenario& scenario = prepared.scenario();
    const Journal::Run run{
        .folder = folder,
        .technology_digest = digest(technology_file(scenario.platform.technology)),
        .problem = {prepared.data.train.features, prepared.data.classes, prepared.data.train.count()}};
    bool before_checkpoint = false;
    const auto program = [&](workloads::Executor& executor, const workloads::Observer& observer,
                             platform::Simulation& simulation) {
        const auto revive = [&] {
            std::map<std::uint32_t, std::vector<std::uint8_t>> tensors;
            for (const auto& [id, bytes] : from->tensors) tensors[id].assign(bytes.begin(), bytes.end());
            simulation.resume_values(tensors);
        };
        Journal journal(executor, run, from ? &*from : nullptr, revive);
        const workloads::Status status = workloads::train(
            scenario.training, prepared.network, prepared.data, platform::placement(scenario.platform.kind),
            journal.executor(), threads, [&](const workloads::Event& event) { return observer(journal.tell(event)); });
        journal.end(status);
        before_checkpoint = !journal.is_recording();
        return status;
    };
    const platform::SimulationOptions options{
        .seed = scenario.training.seed, .threads = threads, .values = !from.has_value()};
    RunResults results = run_on_platform(prepared, options, progress, program);
    results.before_checkpoint = before_checkpoint;
    return results;
}

RunResults train_in(const std::filesystem::path& folder, const Prepared& prepared, unsigned threads, Progress& progress,
                    const Beginning& beginning) {
    const Lock lock = lock_of_run(folder);
    const std::optional<Checkpoint> from = beginning(folder, prepared.scenario());
    if (!from) claim_folder(folder, prepared.scenario());
    RunResults results = train_on_platform(prepared, threads, folder, progress, from);
    if (!results.before_checkpoint) write_run(folder, prepared.scenario(), results);
    return results;
}

int exit_status(const RunResults& results) {
    return results.status == workloads::Status::interrupted ? exit_interrupted : exit_done;
}

Lock lock_of_run(const std::filesystem::path& folder) {
    return {folder / ".lock", "another process runs in this folder; allowed: another one, or when that has ended",
            std::chrono::seconds(2)};
}

void claim_folder(const std::filesystem::path& folder, const Scenario& scenario) {
    std::error_code error;
    for (const char* file : {"results.json", "report.html", "stream.bin", "checkpoint.bin"})
        std::filesystem::remove(folder / file, error);
    write_file(folder / "scenario.yaml", resolved_text(scenario));
}

void write_run(const std::filesystem::path& folder, const Scenario& scenario, const RunResults& results) {
    write_file(folder / "scenario.yaml", resolved_text(scenario));
    write_file(folder / "epochs.csv", epochs_csv(results));
    write_file(folder / "operations.csv", operations_csv(results));
    write_file(folder / "power.csv", power_csv(results));
    write_file(folder / "results.json", results_json(results));
    std::error_code error;
    if (results.status != workloads::Status::interrupted) std::filesystem::remove(folder / "checkpoint.bin", error);
}

std::optional<Checkpoint> checkpoint_of(const std::filesystem::path& folder, const Scenario& scenario) {
    if (read_file(folder / "scenario.yaml") != resolved_text(scenario)) return std::nullopt;
    try {
        std::optional<Checkpoint> checkpoint = read_checkpoint(folder);
        if (checkpoint) check_can_resume(*checkpoint, folder, digest(technology_file(scenario.platform.technology)));
        return checkpoint;
    } catch (const DataError&) {
        return std::nullopt;
    }
}

std::optional<Checkpoint> anew(const std::filesystem::path&, const Scenario&) { return std::nullopt; }

bool holds_finished_run(const std::filesystem::path& folder, const Scenario& scenario) {
    if (read_file(folder / "scenario.yaml") != resolved_text(scenario)) return false;
    const auto run = read_run(folder, "");
    return run && run->status != "interrupted" && run->version == build_version() &&
           run->technology_digest == digest(technology_file(scenario.platform.technology));
}

}  // namespace ulpsim::program
