#pragma once
#include <string>

namespace ulpsim::program {

/// The shortest decimal text that reads back as the same number.
std::string number_text(double value);

}  // namespace ulpsim::program
