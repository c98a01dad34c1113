#include "scenarios/program/command_line/side_by_side.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"

namespace ulpsim::program {
namespace {

/// A child process and what it has said so far.
struct Child {
    pid_t pid = -1;
    int pipe = -1;
    std::string unread, line, last;
    bool started = false, ended = false;
};

[[noreturn]] void be_child(const Task& task, int pipe, bool live) {
    // Ctrl-C reaches the whole foreground group: in a group of its own the child hears it once, from the parent.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const auto say = [pipe](const std::string& text) {
        const std::string line = text.ends_with('\n') ? text : text + "\n";
        if (write(pipe, line.data(), line.size()) < 0 && errno == EPIPE) _exit(exit_interrupted);
    };
    const int status = guarded(say, [&] { return task.work(say, live); });
    std::fflush(nullptr);
    _exit(status);
}

/// The children and the lines that show them.
class SideBySide {
public:
    SideBySide(const std::vector<Task>& tasks, unsigned at_once, bool quiet)
        : tasks_(tasks),
          at_once_(at_once),
          quiet_(quiet),
          live_(!quiet && isatty(STDERR_FILENO) == 1),
          children_(tasks.size()),
          outcomes_(tasks.size()) {
        for (const Task& task : tasks) width_ = std::max(width_, task.name.size());
    }

    std::vector<Outcome> run() {
        while (start_more()) {
            if (interrupted() && !passed_on_) pass_on();
            listen();
        }
        return outcomes_;
    }

private:
    std::size_t running() const {
        return static_cast<std::size_t>(std::count_if(
            children_.begin(), children_.end(), [](const Child& child) { return child.started && !child.ended; }));
    }

    // False when nothing runs and nothing is left to start.
    bool start_more() {
        for (std::size_t i = 0; i < tasks_.size() && running() < at_once_ && !interrupted(); ++i) {
            if (!children_[i].started) start(i);
        }
        return running() > 0;
    }

    void start(std::size_t i) {
        int ends[2];
        if (pipe(ends) != 0) throw std::runtime_error("no pipe for a run");
        const pid_t pid = fork();
        if (pid < 0) throw std::runtime_error("no process for a run");
        if (pid == 0) {
            close(ends[0]);
            be_child(tasks_[i], ends[1], live_);
        }
        setpgid(pid, pid);
        close(ends[1]);
        children_[i].pid = pid;
        children_[i].pipe = ends[0];
        children_[i].started = true;
    }

    void pass_on() {
        passed_on_ = true;
        for (const Child& child : children_) {
            if (child.started && !child.ended) kill(child.pid, SIGINT);
        }
    }

    void listen() {
        std::vector<pollfd> polled;
        std::vector<std::size_t> which;
        for (std::size_t i = 0; i < children_.size(); ++i) {
            if (!children_[i].started || children_[i].ended) continue;
            polled.push_back({.fd = children_[i].pipe, .events = POLLIN, .revents = 0});
            which.push_back(i);
        }
        if (poll(polled.data(), polled.size(), 200) <= 0) return;
        for (std::size_t j = 0; j < polled.size(); ++j) {
            if (polled[j].revents != 0) hear(which[j]);
        }
    }

    void hear(std::size_t i) {
        Child& child = children_[i];
        char buffer[4096];
        const ssize_t count = read(child.pipe, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) return;
        if (count <= 0) return end(i);
        child.unread.append(buffer, static_cast<std::size_t>(count));
        for (std::size_t end = child.unread.find('\n'); end != std::string::npos; end = child.unread.find('\n')) {
            child.last = child.unread.substr(0, end);
            child.unread.erase(0, end + 1);
            if (!quiet_) show(i, child.last);
        }
    }

    void end(std::size_t i) {
        Child& child = children_[i];
        close(child.pipe);
        int status = 0;
        while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
        }
        child.ended = true;
        outcomes_[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(exit_simulation);
        if (!WIFEXITED(status)) child.last = "ended by signal " + std::to_string(WTERMSIG(status));
        if (outcomes_[i].status != exit_done) outcomes_[i].message = child.last;
    }

    void show(std::size_t i, const std::string& text) {
        const auto named = [&](std::size_t task, const std::string& line) {
            return tasks_[task].name + std::string(width_ - tasks_[task].name.size(), ' ') + "  " + line;
        };
        if (!live_) {
            std::fprintf(stderr, "%s\n", named(i, text).c_str());
            return;
        }
        children_[i].line = text;
        std::string screen = shown_ > 0 ? "\033[" + std::to_string(shown_) + "A" : "";
        for (std::size_t task = 0; task < tasks_.size(); ++task) {
            screen += "\r\033[K" + named(task, children_[task].line).substr(0, 110) + "\n";
        }
        shown_ = tasks_.size();
        std::fputs(screen.c_str(), stderr);
        std::fflush(stderr);
    }

    const std::vector<Task>& tasks_;
    std::size_t at_once_;
    bool quiet_, live_, passed_on_ = false;
    std::size_t width_ = 0, shown_ = 0;
    std::vector<Child> children_;
    std::vector<Outcome> outcomes_;
};

}  // namespace

std::vector<Outcome> run_side_by_side(const std::vector<Task>& tasks, unsigned at_once, bool quiet) {
    return SideBySide(tasks, std::max(1u, at_once), quiet).run();
}

}  // namespace ulpsim::program
