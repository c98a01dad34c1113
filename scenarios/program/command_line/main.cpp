#include <cstdlib>

#include "scenarios/program/command_line/commands.hpp"

// libsystemc.so has a main of its own that calls this; ours takes its place and elaborates only where a command needs
// it.
int sc_main(int, char*[]);
int sc_main(int, char*[]) { return 0; }

int main(int argc, char* argv[]) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return ulpsim::program::run_program({argv + 1, argv + argc});
}
