// Jobs as tasks of Slurm's job arrays. All jobs that can start at a time become one array of at most most_tasks tasks; a
// task runs this program with `sweep --task FILE` (task_file.hpp). Its end is seen by FILE.end in the sweep's folder, which
// all nodes must share; squeue is asked only for what ended without one. OUT/slurm/ holds the tasks and their logs
// (N/LOG.log). All arrays of a folder have one name, by which what a killed sweep left in the queue is found.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/sweep/external_program.hpp"
#include "scenarios/program/sweep/task_file.hpp"

namespace ulpsim::program {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_tasks = 1000;  // Slurm's MaxArraySize is 1001 unless it is configured
constexpr std::chrono::seconds between_questions{2};

ProgramEnd ask(const std::vector<std::string>& words) {
    ProgramEnd end = run_program_of_machine(words);
    if (end.status == 127)
        throw Error(
            words.front() +
            " is not installed; allowed: a machine with Slurm's client for --executor slurm, and where such a sweep "
            "was at work (OUT/slurm is there)");
    return end;
}

std::string one_line(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

std::string name_of(const fs::path& out) {
    return "ulpsim-" + digest_of(fs::weakly_canonical(fs::absolute(out)).string());
}

/// State of every task of that name that Slurm still knows: "ARRAY_TASK" to "RUNNING", ... Nothing when it does not answer.
std::optional<std::map<std::string, std::string>> states_of(const std::string& name) {
    const ProgramEnd end = ask({"squeue", "-h", "-r", "-t", "all", "--name=" + name, "-o", "%i %T"});
    if (end.status != 0) return std::nullopt;
    std::map<std::string, std::string> states;
    std::istringstream lines(end.output);
    for (std::string id, state; lines >> id >> state;) states[id] = state;
    return states;
}

/// For sh: between single quotes nothing but they themselves has a meaning.
std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

/// For --output, where % begins a pattern.
std::string without_patterns(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '%' ? "%%" : std::string(1, c);
    return out;
}

bool is_live(const std::string& state) {
    static const std::set<std::string> live{"PENDING",   "RUNNING",  "CONFIGURING", "COMPLETING", "SUSPENDED",
                                            "STAGE_OUT", "REQUEUED", "RESIZING",    "SIGNALING",  "STOPPED"};
    return live.contains(state);
}

class SlurmWorkers final : public Workers {
public:
    explicit SlurmWorkers(const SweepOptions& options)
        : options_(options), folder_(fs::absolute(options.out) / "slurm"), name_(name_of(options.out)) {}

    bool has_room() const override { return true; }
    std::size_t running() const override { return waiting_.size() + tasks_.size(); }
    void start(const Work& work) override { waiting_.push_back(work); }

    void listen(const ChildPool::OnLine& on_line, const ChildPool::OnEnd& on_end) override {
        if (stopped_) {
            for (const Work& work : std::exchange(waiting_, {})) on_end(work.number, {exit_interrupted, ""});
        }
        while (!waiting_.empty() && std::chrono::steady_clock::now() >= submit_from_) submit();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        collect(on_end);
        const auto now = std::chrono::steady_clock::now();
        if (tasks_.empty() || now - asked_ < between_questions) return;
        asked_ = now;
        look_after(on_line, on_end);
    }

    void interrupt() override {
        stopped_ = true;
        if (tasks_.empty()) return;
        ask({"scancel", "--quiet", "--state=PENDING", "--name=" + name_});
        ask({"scancel", "--quiet", "--batch", "--signal=INT", "--name=" + name_});
    }

private:
    struct Task {
        std::size_t number = 0;
        fs::path file;
        std::string id;       ///< as squeue writes it
        bool missed = false;  ///< was over at the last question, and had left no end
    };

    fs::path next_folder() const {
        for (std::size_t n = 1;; ++n) {
            if (!fs::exists(folder_ / std::to_string(n))) return folder_ / std::to_string(n);
        }
    }

    void submit() {
        const fs::path folder = next_folder();
        const std::size_t count = std::min(most_tasks, waiting_.size());
        const auto file_of = [&](std::size_t i) { return folder / (std::to_string(i) + ".task"); };
        for (std::size_t i = 0; i < count; ++i) write_task(file_of(i), waiting_[i], options_.threads);
        write_file(folder / "job.sh", "#!/bin/sh\nexec " + quoted(fs::read_symlink("/proc/self/exe").string()) +
                                          " sweep --task " + quoted(folder.string()) +
                                          "/\"$SLURM_ARRAY_TASK_ID\".task\n");
        std::string range = "--array=0-" + std::to_string(count - 1);
        if (options_.jobs > 0) range += "%" + std::to_string(options_.jobs);
        const ProgramEnd end =
            ask({"sbatch", "--parsable", range, "--job-name=" + name_,
                 "--cpus-per-task=" + std::to_string(options_.threads),
                 "--output=" + without_patterns(folder.string()) + "/%a.log", (folder / "job.sh").string()});
        const std::string array = end.output.substr(0, end.output.find_first_of(";\n"));
        if (end.status != 0 || array.empty() || array.find_first_not_of("0123456789") != std::string::npos) {
            std::error_code error;
            fs::remove_all(folder, error);
            submit_from_ = std::chrono::steady_clock::now() + between_questions;
            if (!tasks_.empty()) return;  // a limit on jobs in the queue, perhaps: there is room when some have ended
            throw Error("--executor slurm: sbatch refused the sweep's jobs: " + one_line(end.errors + end.output) +
                        "; allowed: jobs that this cluster takes (SBATCH_PARTITION, SBATCH_TIMELIMIT, ...)");
        }
        for (std::size_t i = 0; i < count; ++i)
            tasks_.push_back({waiting_[i].number, file_of(i), array + "_" + std::to_string(i)});
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    }

    /// Ends of which there is a file.
    void collect(const ChildPool::OnEnd& on_end) {
        std::vector<std::pair<std::size_t, Outcome>> ended;
        std::erase_if(tasks_, [&](const Task& task) {
            const auto outcome = outcome_of_task(task.file);
            if (outcome) ended.emplace_back(task.number, *outcome);
            return outcome.has_value();
        });
        for (const auto& [number, outcome] : ended) on_end(number, outcome);
    }

    /// Shows the tasks' states; one that is over twice in a row without a file has died.
    void look_after(const ChildPool::OnLine& on_line, const ChildPool::OnEnd& on_end) {
        const std::optional<std::map<std::string, std::string>> states = states_of(name_);
        if (!states) return;
        std::vector<std::pair<std::size_t, Outcome>> dead;
        std::erase_if(tasks_, [&](Task& task) {
            const auto found = states->find(task.id);
            const std::string state = found == states->end() ? "gone" : found->second;
            on_line(task.number, "slurm " + task.id + " " + state);
            const bool over = !is_live(state), died = over && task.missed;
            task.missed = over;
            if (died) dead.emplace_back(task.number, Outcome{end_of(state), "slurm " + task.id + " ended: " + state});
            return died;
        });
        for (const auto& [number, outcome] : dead) on_end(number, outcome);
    }

    /// Cancelled by Ctrl-C before it began, or by someone else: it is missing, not failed.
    static int end_of(const std::string& state) {
        return state == "CANCELLED" || state == "PREEMPTED" ? exit_interrupted : exit_simulation;
    }

    const SweepOptions& options_;
    fs::path folder_;
    std::string name_;
    std::vector<Work> waiting_;
    std::vector<Task> tasks_;
    bool stopped_ = false;  // by Ctrl-C: nothing is submitted any more
    std::chrono::steady_clock::time_point submit_from_{};
    std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
};

}  // namespace

void cancel_earlier_arrays(const fs::path& out) {
    if (!fs::exists(out / "slurm")) return;
    const std::string name = name_of(out);
    const auto is_at_work = [](const auto& task) { return is_live(task.second); };
    for (bool told = false; !interrupted(); std::this_thread::sleep_for(std::chrono::milliseconds(300))) {
        ask({"scancel", "--quiet", "--name=" + name});
        const auto states = states_of(name);
        if (states && std::none_of(states->begin(), states->end(), is_at_work)) return;
        if (!states && !std::exchange(told, true))
            std::fprintf(stderr, "%s: waiting for Slurm to say what an earlier sweep left there\n", out.c_str());
    }
}

std::unique_ptr<Workers> slurm_workers(const SweepOptions& options) { return std::make_unique<SlurmWorkers>(options); }

}  // namespace ulpsim::program
