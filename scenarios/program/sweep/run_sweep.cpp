#include "scenarios/program/sweep/run_sweep.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/report/page.hpp"
#include "scenarios/program/results/atomic_file.hpp"
#include "scenarios/program/results/lock.hpp"
#include "scenarios/program/results/version.hpp"
#include "scenarios/program/sweep/crossover.hpp"
#include "scenarios/program/sweep/roster.hpp"
#include "scenarios/program/sweep/search.hpp"
#include "scenarios/program/sweep/sweep_json.hpp"
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
    database.set_facts({{"text", text}, {"seeds", seeds}, {"version", build_version()}});
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
        for (Row& row : database_.rows()) known_[row.point].push_back(std::move(row));
    }

    int run() {
        Search search(sweep_);
        std::vector<std::optional<Figures>> figures;
        std::ptrdiff_t missing = 0;
        while (missing == 0) {  // the next generation needs all of this one
            const std::vector<Point> more = search.next(figures);
            if (more.empty() || interrupted()) break;
            work_through(more);
            figures.clear();
            for (const PointResult& result : results()) {
                figures.push_back(figures_of(result, sweep_.objectives));
                if (result.status == "missing") ++missing;
            }
        }
        progress_.end();
        if (points_.empty()) return exit_interrupted;  // an earlier table stays
        const std::vector<PointResult> all = results();
        write_file(options_.out / "sweep.csv", sweep_csv(all));
        if (sweep_.search == Sweep::Search::crossover) write_crossover();
        const PointPages pages = write_pages(all);
        write_file(options_.out / "report.html", sweep_page(sweep_, all, pages));
        if (options_.json) {
            std::cout << sweep_json(sweep_, all, pages);
        } else {
            std::cout << sweep_text(sweep_, all) << "files: " << (options_.out / "sweep.csv").string() << ", "
                      << (options_.out / "sweep.sqlite").string() << ", " << (options_.out / "report.html").string()
                      << "\n";
        }
        return interrupted() || missing > 0 ? exit_interrupted : exit_done;
    }

private:
    std::vector<PointResult> results() const {
        std::vector<Row> rows = database_.rows();
        rows.insert(rows.end(), refused_.begin(), refused_.end());
        return point_results(sweep_, points_, rows, options_.seeds);
    }

    /// Pages of the runs on the front, of each point's first seed.
    PointPages write_pages(const std::vector<PointResult>& results) const {
        PointPages pages;
        for (const Job& job : jobs_) {
            if (!results[job.point - 1].on_front || pages.contains(job.point) || !finished_row(job)) continue;
            write_run_page(job.folder, sweep_.name + ", point " + std::to_string(job.point));
            pages[job.point] = (job.folder.lexically_relative(options_.out) / "report.html").generic_string();
        }
        return pages;
    }

    /// Of the first seed of each point that has ended.
    void write_crossover() const {
        std::vector<CrossoverRun> runs;
        for (const Job& job : jobs_) {
            if (!job.refusal.empty() || (options_.seeds > 1 && &job != &jobs_[(job.point - 1) * options_.seeds]))
                continue;
            auto run = finished_row(job) ? read_run(job.folder, job.name) : std::nullopt;
            if (run) runs.push_back({points_[job.point - 1], std::move(*run)});
        }
        const std::vector<Field> fields = crossover_fields(sweep_.crossover, runs);
        write_file(options_.out / "crossover.csv", crossover_csv(fields));
        std::cout << crossover_text(sweep_.crossover, fields) << "files: " << (options_.out / "crossover.csv").string()
                  << "\n\n";
    }

    void work_through(const std::vector<Point>& more) {
        database_.put_points(points_.size() + 1, more);
        for (const Point& point : more) {
            points_.push_back(point);
            const std::size_t first = jobs_.size();
            for (std::uint64_t seed = 0; seed < options_.seeds; ++seed)
                jobs_.push_back(make_job(sweep_, options_, points_.size(), seed, point));
            forget_others(points_.size(), first);
            for (std::size_t number = first; number < jobs_.size(); ++number) add(number);
        }
        progress_.expect(jobs_.size());
        bool passed_on = false;
        for (start_more(); workers_->running() > 0; start_more()) {
            if (interrupted() && !passed_on) {
                passed_on = true;
                workers_->interrupt();
            }
            workers_->listen([this](std::size_t job, const std::string& line) { progress_.line(job, line); },
                             [this](std::size_t job, const Outcome& outcome) { ended(job, outcome); });
        }
    }

    /// Drops what an earlier sweep knows of a point that was another one then (a search went another way, a scenario or
    /// the cost figures were edited), and failures that the computer, not the point, was to blame for. `first`: the
    /// point's first job.
    void forget_others(std::uint64_t point, std::size_t first) {
        std::erase_if(known_[point], [&](const Row& row) {
            bool serves = !row.failed() || row.exit_status == exit_usage;
            serves =
                serves && std::any_of(jobs_.begin() + static_cast<std::ptrdiff_t>(first), jobs_.end(),
                                      [&](const Job& job) { return job.seed == row.seed && job.digest == row.digest; });
            if (!serves) database_.remove(row.point, row.seed);
            return !serves;
        });
    }

    /// A job that is to do, or is done: by an earlier sweep, or because its scenario is refused.
    void add(std::size_t number) {
        const Job& job = jobs_[number];
        if (!job.refusal.empty()) {
            refused_.push_back(failed_row(job, exit_usage, job.refusal));
            return progress_.done_before(number);
        }
        for (const Row& row : known_[job.point]) {
            if (row.seed == job.seed) return keep(number, row);
        }
        if (const auto row = finished_row(job)) return record(number, *row);
        roster_.add(number, job.group);
    }

    void keep(std::size_t number, const Row& row) {
        roster_.add_done(number, jobs_[number].group, row.how == "run" && holds_recording(jobs_[number]));
        progress_.done_before(number);
    }

    void record(std::size_t number, const Row& row) {
        database_.put(row);
        keep(number, row);
    }

    void start_more() {
        while (workers_->has_room() && !interrupted()) {
            const auto next = roster_.next();
            if (!next) return;
            Work work{next->job, jobs_[next->job], std::nullopt};
            if (next->source) work.source = jobs_[*next->source].folder;
            progress_.start(work.number, work.job.name, work.source ? "replay" : "run");
            workers_->start(work);
        }
    }

    void ended(std::size_t number, const Outcome& outcome) {
        const Job& job = jobs_[number];
        const std::optional<Row> good = outcome.status == exit_done ? finished_row(job) : std::nullopt;
        roster_.ended(number, good.has_value());
        if (outcome.status == exit_interrupted) return progress_.end_of(number, nullptr);
        Row row = failed_row(job, outcome.status, outcome.message);
        if (good) {
            row = *good;
        } else if (outcome.status == exit_done) {
            row = failed_row(job, exit_data,
                             "it ended well, but " + job.folder.string() + " holds no finished run of it");
        }
        database_.put(row);
        progress_.end_of(number, &row);
    }

    const Sweep& sweep_;
    const SweepOptions& options_;
    Database database_;
    SweepProgress progress_;
    std::unique_ptr<Workers> workers_;
    Roster roster_;
    std::map<std::uint64_t, std::vector<Row>> known_;  // of an earlier sweep, by point
    std::vector<Row> refused_;
    std::vector<Point> points_;
    std::vector<Job> jobs_;
};

}  // namespace

int run_sweep(const Sweep& sweep, const SweepOptions& options) {
    // Its children hold the lock too: until all of them are gone, the folder is not free.
    const Lock lock(options.out / "sweep.lock", "another sweep is at work in this folder; allowed: another --out",
                    std::chrono::seconds(10));
    cancel_earlier_arrays(options.out);
    return SweepRun(sweep, options).run();
}

}  // namespace ulpsim::program
