#include "scenarios/program/sweep/external_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace ulpsim::program {

namespace {

/// Closed on exec at both ends, so that only what is duplicated reaches the program.
class Pipe {
public:
    explicit Pipe(const std::string& program) {
        if (pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for " + program);
    }
    ~Pipe() {
        close(ends_[0]);
        close_write_end();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int read_end() const { return ends_[0]; }
    int write_end() const { return ends_[1]; }
    void close_write_end() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }

private:
    int ends_[2];
};

/// False at the end.
bool read_some(int descriptor, std::string& text) {
    char buffer[4096];
    const ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

ProgramEnd run_program_of_machine(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));  // execvp writes none
    arguments.push_back(nullptr);
    Pipe output(words.front()), errors(words.front());
    const pid_t pid = fork();
    if (pid < 0) throw std::runtime_error("no process for " + words.front());
    if (pid == 0) {
        setpgid(0, 0);  // Ctrl-C at the terminal is for the sweep, which passes it on in its own way
        dup2(output.write_end(), STDOUT_FILENO);
        dup2(errors.write_end(), STDERR_FILENO);
        execvp(arguments.front(), arguments.data());
        _exit(127);
    }
    output.close_write_end();
    errors.close_write_end();
    ProgramEnd end;
    pollfd polled[2] = {{.fd = output.read_end(), .events = POLLIN, .revents = 0},
                        {.fd = errors.read_end(), .events = POLLIN, .revents = 0}};
    std::string* const texts[2] = {&end.output, &end.errors};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        if (poll(polled, 2, -1) < 0) {
            if (errno == EINTR) continue;
            break;
        }
        for (std::size_t i = 0; i < 2; ++i) {
            // A negative descriptor is passed over, its revents are 0.
            if (polled[i].revents != 0 && !read_some(polled[i].fd, *texts[i])) polled[i].fd = -1;
        }
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return end;
}

}  // namespace ulpsim::program
