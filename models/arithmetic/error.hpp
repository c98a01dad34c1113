#pragma once
#include <stdexcept>
#include <string>

namespace ulpsim {

/// Bad input: a configuration, a file or an argument that a user can mend. The text says what is wrong and what is allowed.
/// The reader puts file, line and key path in front; the program prints it in one line.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Data are missing or damaged (exit status 3).
class DataError : public Error {
public:
    using Error::Error;
};

}  // namespace ulpsim
