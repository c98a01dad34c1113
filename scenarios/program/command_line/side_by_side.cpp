#include "scenarios/program/command_line/side_by_side.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "scenarios/program/command_line/interrupt.hpp"

namespace ulpsim::program {
namespace {

/// The tasks and the lines that show them.
class SideBySide {
public:
    SideBySide(const std::vector<Task>& tasks, unsigned at_once, bool quiet)
        : tasks_(tasks),
          at_once_(at_once),
          quiet_(quiet),
          live_(!quiet && isatty(STDERR_FILENO) == 1),
          children_(live_, SIGTERM),
          lines_(tasks.size()),
          outcomes_(tasks.size()) {
        for (const Task& task : tasks) width_ = std::max(width_, task.name.size());
    }

    std::vector<Outcome> run() {
        bool passed_on = false;
        while (start_more()) {
            if (interrupted() && !passed_on) {
                passed_on = true;
                children_.interrupt();
            }
            children_.listen([this](std::size_t task, const std::string& line) { show(task, line); },
                             [this](std::size_t task, const Outcome& outcome) { outcomes_[task] = outcome; });
        }
        return outcomes_;
    }

private:
    // False when nothing runs and nothing is left to start.
    bool start_more() {
        while (next_ < tasks_.size() && children_.running() < at_once_ && !interrupted()) {
            children_.start(next_, tasks_[next_]);
            ++next_;
        }
        return children_.running() > 0;
    }

    void show(std::size_t i, const std::string& text) {
        if (quiet_) return;
        const auto named = [&](std::size_t task, const std::string& line) {
            return tasks_[task].name + std::string(width_ - tasks_[task].name.size(), ' ') + "  " + line;
        };
        if (!live_) {
            std::fprintf(stderr, "%s\n", named(i, text).c_str());
            return;
        }
        lines_[i] = text;
        std::string screen = shown_ > 0 ? "\033[" + std::to_string(shown_) + "A" : "";
        for (std::size_t task = 0; task < tasks_.size(); ++task) {
            screen += "\r\033[K" + named(task, lines_[task]).substr(0, 110) + "\n";
        }
        shown_ = tasks_.size();
        std::fputs(screen.c_str(), stderr);
        std::fflush(stderr);
    }

    const std::vector<Task>& tasks_;
    std::size_t at_once_;
    bool quiet_, live_;
    ChildPool children_;
    std::size_t next_ = 0, width_ = 0, shown_ = 0;
    std::vector<std::string> lines_;
    std::vector<Outcome> outcomes_;
};

}  // namespace

std::vector<Outcome> run_side_by_side(const std::vector<Task>& tasks, unsigned at_once, bool quiet) {
    return SideBySide(tasks, std::max(1u, at_once), quiet).run();
}

}  // namespace ulpsim::program
