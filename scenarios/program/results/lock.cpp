#include "scenarios/program/results/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "models/arithmetic/error.hpp"

namespace ulpsim::program {
namespace {

int opened(const std::filesystem::path& file) {
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    return ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
}

}  // namespace

Lock::Lock(const std::filesystem::path& file, const std::string& held, std::chrono::milliseconds patience)
    : descriptor_(opened(file)) {
    if (descriptor_ < 0) throw Error(file.string() + ": cannot be written; allowed: a folder with room and permission");
    const auto end = std::chrono::steady_clock::now() + patience;
    // Any other failure is that of a file system without locks, where there is nothing to wait for.
    while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        if (std::chrono::steady_clock::now() >= end) {
            ::close(descriptor_);
            throw Error(file.string() + ": " + held);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

Lock::~Lock() { ::close(descriptor_); }

}  // namespace ulpsim::program
