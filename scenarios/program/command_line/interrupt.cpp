#include "scenarios/program/command_line/interrupt.hpp"

#include <csignal>

namespace ulpsim::program {
namespace {

volatile std::sig_atomic_t wish = 0;

void handle(int) { wish = 1; }

}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = handle;
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one has its usual effect
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return wish != 0; }

}  // namespace ulpsim::program
