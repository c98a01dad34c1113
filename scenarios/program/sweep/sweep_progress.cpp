#include "scenarios/program/sweep/sweep_progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "scenarios/program/report/progress.hpp"

namespace ulpsim::program {

SweepProgress::SweepProgress(bool quiet) : quiet_(quiet), live_(!quiet && isatty(STDERR_FILENO) == 1) {}

void SweepProgress::start(std::size_t job, const std::string& name, const std::string& how) {
    at_work_[job] = {name, how, ""};
    if (live_) show();
}

void SweepProgress::line(std::size_t job, const std::string& text) {
    if (!live_) return;
    at_work_[job].line = text;
    show();
}

void SweepProgress::end_of(std::size_t job, const Row* row) {
    const AtWork work = at_work_[job];
    at_work_.erase(job);
    if (row != nullptr) ++done_;
    if (row != nullptr && row->failed()) ++failed_;
    if (quiet_) return;
    if (live_) return show();
    if (row == nullptr) return;
    std::string text = standing() + "  point " + work.name + ": ";
    if (row->failed()) {
        text += "failed: " + row->message;
    } else {
        char error[32] = "-";
        if (row->error) std::snprintf(error, sizeof error, "%.2f %%", 100 * *row->error);
        text += work.how + "  error " + error + "  " + engineering(row->energy_j, "J") + "  " +
                engineering(row->seconds, "s");
    }
    std::fprintf(stderr, "%s\n", text.c_str());
}

std::string SweepProgress::standing() const { return std::to_string(before_ + done_) + "/" + std::to_string(jobs_); }

void SweepProgress::show() {
    std::string screen = shown_ > 0 ? "\033[" + std::to_string(shown_) + "A" : "";
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    std::string head = standing() + " points, " + std::to_string(failed_) + " failed";
    if (done_ > 0 && jobs_ > before_ + done_) {
        const double rest = elapsed / static_cast<double>(done_) * static_cast<double>(jobs_ - before_ - done_);
        head += ", ETA " + std::to_string(static_cast<long>(rest)) + " s";
    }
    screen += "\r\033[J" + head + "\n";
    constexpr std::size_t most_lines = 16;  // job arrays have hundreds at work
    shown_ = 1;
    for (const auto& [job, work] : at_work_) {
        if (shown_++ > most_lines) break;
        screen += ("  " + work.name + "  " + work.how + "  " + work.line).substr(0, 110) + "\n";
    }
    if (at_work_.size() > most_lines) screen += "  ... and " + std::to_string(at_work_.size() - most_lines) + " more\n";
    std::fputs(screen.c_str(), stderr);
    std::fflush(stderr);
}

void SweepProgress::end() {
    if (live_ && shown_ > 0) std::fprintf(stderr, "\033[%zuA\r\033[J", shown_);
    shown_ = 0;
}

}  // namespace ulpsim::program
