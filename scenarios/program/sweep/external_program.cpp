#include "scenarios/program/sweep/external_program.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace ulpsim::program {

ProgramEnd run_program_of_machine(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));  // execvp writes none
    arguments.push_back(nullptr);
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe for " + words.front());
    const pid_t pid = fork();
    if (pid < 0) throw std::runtime_error("no process for " + words.front());
    if (pid == 0) {
        setpgid(0, 0);  // Ctrl-C at the terminal is for the sweep, which passes it on in its own way
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(arguments.front(), arguments.data());
        _exit(127);
    }
    close(ends[1]);
    ProgramEnd end;
    char buffer[4096];
    for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof buffer)) != 0;) {
        if (count < 0 && errno != EINTR) break;
        if (count > 0) end.output.append(buffer, static_cast<std::size_t>(count));
    }
    close(ends[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return end;
}

}  // namespace ulpsim::program
