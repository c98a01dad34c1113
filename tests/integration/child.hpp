#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>

namespace ulpsim::test {

/// SystemC elaborates one machine a process. The wait status of a child that did `body`: 0 when it did, 256 when it threw.
inline int in_child(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        try {
            body();
            _exit(0);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
            _exit(1);
        }
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

}  // namespace ulpsim::test
