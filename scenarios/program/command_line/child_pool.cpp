#include "scenarios/program/command_line/child_pool.hpp"

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

namespace ulpsim::program {
namespace {

[[noreturn]] void be_child(const Task& task, int pipe, bool live, int last_signal, pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, last_signal);
    if (getppid() != parent) _exit(exit_interrupted);  // it died before it could be watched
    const auto say = [pipe](const std::string& text) {
        const std::string line = text.ends_with('\n') ? text : text + "\n";
        if (write(pipe, line.data(), line.size()) < 0 && errno == EPIPE) _exit(exit_interrupted);
    };
    const int status = guarded(say, [&] { return task.work(say, live); });
    std::fflush(nullptr);
    _exit(status);
}

}  // namespace

void ChildPool::start(std::size_t id, const Task& task) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe for a run");
    const pid_t parent = getpid(), pid = fork();
    if (pid < 0) throw std::runtime_error("no process for a run");
    if (pid == 0) {
        close(ends[0]);
        be_child(task, ends[1], live_, last_signal_, parent);
    }
    setpgid(pid, pid);
    close(ends[1]);
    children_.push_back({.id = id, .pid = pid, .pipe = ends[0], .unread = {}, .last = {}});
}

void ChildPool::listen(const OnLine& on_line, const OnEnd& on_end) {
    std::vector<pollfd> polled;
    for (const Child& child : children_) polled.push_back({.fd = child.pipe, .events = POLLIN, .revents = 0});
    if (poll(polled.data(), polled.size(), 200) <= 0) return;
    std::vector<Child> ended;
    for (std::size_t i = polled.size(); i-- > 0;) {
        if (polled[i].revents == 0 || hear(children_[i], on_line)) continue;
        ended.push_back(std::move(children_[i]));
        children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (const Child& child : ended) on_end(child.id, outcome_of(child));
}

bool ChildPool::hear(Child& child, const OnLine& on_line) {
    char buffer[4096];
    const ssize_t count = read(child.pipe, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) return true;
    if (count <= 0) return false;
    child.unread.append(buffer, static_cast<std::size_t>(count));
    for (std::size_t end = child.unread.find('\n'); end != std::string::npos; end = child.unread.find('\n')) {
        child.last = child.unread.substr(0, end);
        child.unread.erase(0, end + 1);
        on_line(child.id, child.last);
    }
    return true;
}

Outcome ChildPool::outcome_of(const Child& child) {
    close(child.pipe);
    int status = 0;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status)) return {exit_simulation, "ended by signal " + std::to_string(WTERMSIG(status))};
    const int code = WEXITSTATUS(status);
    return {code, code == exit_done ? "" : child.last};
}

void ChildPool::interrupt() const {
    for (const Child& child : children_) kill(child.pid, SIGINT);
}

}  // namespace ulpsim::program
