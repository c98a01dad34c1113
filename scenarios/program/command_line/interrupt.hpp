#pragma once

namespace ulpsim::program {

/// From now on the first Ctrl-C (or SIGTERM) is a wish that interrupted() tells, and the second one ends the program.
void catch_interrupts();
bool interrupted();

}  // namespace ulpsim::program
