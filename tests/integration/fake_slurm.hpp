#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace ulpsim::test {

/// Slurm's client programs as scripts of the test, first in PATH while it lives. Each appends its words to FOLDER/NAME.log,
/// then does what the test says.
class FakeSlurm {
public:
    explicit FakeSlurm(const std::filesystem::path& folder) : folder_(folder), path_(std::getenv("PATH")) {
        std::filesystem::create_directories(folder);
        for (const char* program : {"sbatch", "squeue", "scancel"}) does(program, "exit 0");
        setenv("PATH", (folder.string() + ":" + path_).c_str(), 1);
    }
    ~FakeSlurm() { setenv("PATH", path_.c_str(), 1); }
    FakeSlurm(const FakeSlurm&) = delete;
    FakeSlurm& operator=(const FakeSlurm&) = delete;

    /// Lines of sh.
    void does(const std::string& program, const std::string& script) const {
        std::ofstream(folder_ / program) << "#!/bin/sh\ncd '" << folder_.string() << "'\necho \"$*\" >> " << program
                                         << ".log\n"
                                         << script << "\n";
        chmod((folder_ / program).c_str(), 0755);
    }
    /// What the program was told so far, a line a call.
    std::string told(const std::string& program) const {
        std::ifstream file(folder_ / (program + ".log"));
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    std::filesystem::path folder_;
    std::string path_;
};

}  // namespace ulpsim::test
