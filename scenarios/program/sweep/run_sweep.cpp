#include "scenarios/program/sweep/run_sweep.hpp"

#include <chrono>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/replay/replayed_run.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/lock.hpp"
#include "scenarios/program/results/version.hpp"
#include "scenarios/program/sweep/roster.hpp"
#include "scenarios/program/sweep/search.hpp"
#include "scenarios/program/sweep/sweep_progress.hpp"
#include "scenarios/program/sweep/sweep_table.hpp"
#include "scenarios/program/sweep/workers.hpp"

namespace ulpsim::program {
namespace {

Database opened(const Sweep& sweep, const SweepOptions& options) {
    const std::filesystem::path file = options.out / "sweep.sqlite";
    Database database(file);
    std::map<std::string, std::string> facts = database.facts();
    const std::string text = read_file(sweep.file), seeds = std::to_string(options.seeds);
    if (!facts.empty() && !options.resume)
        throw Error(file.string() + ": holds a sweep; allowed: --resume, or another --out");
    if (!facts.empty() && (facts["text"] != text || facts["seeds"] != seeds)) {
        throw Error(file.string() +
                    ": was begun by another sweep file or with another --seeds; allowed: the same ones, "
                    "or another --out");
    }
    // Rows of another build are no rows of this one.
    if (!facts.empty() && facts["version"] != build_version()) database.remove_rows();
    database.set_fact("text", text);
    database.set_fact("seeds", seeds);
    database.set_fact("version", build_version());
    return database;
}

/// A sweep at work.
class SweepRun {
public:
    SweepRun(const Sweep& sweep, const SweepOptions& options)
        : sweep_(sweep),
          options_(options),
          database_(opened(sweep, options)),
          progress_(options.quiet),
          workers_(options.executor == SweepOptions::Executor::slurm
                       ? slurm_workers(options)
                       : local_workers(options.jobs, options.threads, progress_.is_live())) {
        for (Row& row : database_.rows()) {
            // What the computer, not the point, was to blame for is tried again.
            if (!row.failed() || row.exit_status == exit_usage) known_.emplace(std::pair(row.point, row.seed), row);
        }
    }

    int run() {
        Search search(sweep_);
        std::vector<std::optional<Figures>> figures;
        for (;;) {
            const std::vector<Point> more = search.next(figures);
            if (more.empty() || interrupted()) break;
            work_through(more);
            figures.clear();
            for (const PointResult& result : results()) figures.push_back(figures_of(result, sweep_.objectives));
        }
        progress_.end();
        const std::vector<PointResult> all = results();
        write_file(options_.out / "sweep.csv", sweep_csv(all));
        std::cout << sweep_text(sweep_, all) << "files: " << (options_.out / "sweep.csv").string() << ", "
                  << (options_.out / "sweep.sqlite").string() << "\n";
        return interrupted() ? exit_interrupted : exit_done;
    }

private:
    std::vector<PointResult> results() const {
        return point_results(sweep_, points_, database_.rows(), options_.seeds);
    }

    void work_through(const std::vector<Point>& more) {
        database_.put_points(points_.size() + 1, more);
        for (const Point& point : more) {
            points_.push_back(point);
            for (std::uint64_t seed = 0; seed < options_.seeds; ++seed) add(points_.size(), seed);
        }
        progress_.expect(jobs_.size());
        bool passed_on = false;
        while (start_more() || workers_->running() > 0) {
            if (interrupted() && !passed_on) {
                passed_on = true;
                workers_->interrupt();
            }
            workers_->listen([this](std::size_t job, const std::string& line) { progress_.line(job, line); },
                             [this](std::size_t job, const Outcome& outcome) { ended(job, outcome); });
        }
    }

    /// A job that is to do, or is done: by an earlier sweep, or because its scenario is refused.
    void add(std::uint64_t point, std::uint64_t seed) {
        const std::size_t number = jobs_.size();
        jobs_.push_back(make_job(sweep_, options_, point, seed, points_[point - 1]));
        Job& job = jobs_.back();
        const auto found = known_.find({job.point, job.seed});
        if (found != known_.end()) return keep(number, found->second);
        if (!job.refusal.empty()) return record(number, failed_row(job, exit_usage, job.refusal));
        if (const auto row = finished_row(job)) return record(number, *row);
        roster_.add(number, job.group);
    }

    void keep(std::size_t number, const Row& row) {
        const bool recorded = row.how == "run" && std::filesystem::exists(jobs_[number].folder / "stream.bin");
        roster_.add_done(number, jobs_[number].group, recorded);
        progress_.done_before(number);
    }

    void record(std::size_t number, const Row& row) {
        database_.put(row);
        keep(number, row);
    }

    bool start_more() {
        while (workers_->has_room() && !interrupted()) {
            const auto next = roster_.next();
            if (!next) return false;
            Work work{next->job, jobs_[next->job], std::nullopt};
            if (next->source) work.source = jobs_[*next->source].folder;
            progress_.start(work.number, work.job.name, work.source ? "replay" : "run");
            workers_->start(work);
        }
        return false;
    }

    void ended(std::size_t number, const Outcome& outcome) {
        const Job& job = jobs_[number];
        roster_.ended(number, outcome.status == exit_done);
        if (outcome.status == exit_interrupted) return progress_.end_of(number, nullptr);
        const std::optional<Row> good = outcome.status == exit_done ? finished_row(job) : std::nullopt;
        const Row row = good ? *good : failed_row(job, outcome.status, outcome.message);
        database_.put(row);
        progress_.end_of(number, &row);
    }

    const Sweep& sweep_;
    const SweepOptions& options_;
    Database database_;
    SweepProgress progress_;
    std::unique_ptr<Workers> workers_;
    Roster roster_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, Row> known_;
    std::vector<Point> points_;
    std::vector<Job> jobs_;
};

}  // namespace

int run_sweep(const Sweep& sweep, const SweepOptions& options) {
    // Its children hold the lock too: until all of them are gone, the folder is not free.
    const Lock lock(options.out / "sweep.lock", "another sweep is at work in this folder; allowed: another --out",
                    std::chrono::seconds(10));
    return SweepRun(sweep, options).run();
}

}  // namespace ulpsim::program
