#pragma once
#include <chrono>
#include <filesystem>
#include <string>

namespace ulpsim::program {

/// A file that one process at a time holds, until its end: whoever works in a folder. Children that it forks hold it too. Where the file
/// system knows no locks it is not held.
class Lock {
public:
    /// Makes the file and its folder. Waits so long for another holder: children of a process that was killed die with
    /// it, but not at the same instant. Throws Error "FILE: HELD", or saying that it cannot be written.
    Lock(const std::filesystem::path& file, const std::string& held, std::chrono::milliseconds patience);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    int descriptor_;
};

}  // namespace ulpsim::program
