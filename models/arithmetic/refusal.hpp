#pragma once
#include <sstream>
#include <string>

#include "models/arithmetic/error.hpp"

namespace ulpsim {

/// Throws the Error "KEY is VALUE; allowed: ALLOWED" of a configuration's key.
template <class Value>
[[noreturn]] void refuse(const std::string& key, const Value& value, const std::string& allowed) {
    std::ostringstream text;
    text << key << " is " << value << "; allowed: " << allowed;
    throw Error(text.str());
}

}  // namespace ulpsim
