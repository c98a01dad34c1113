#pragma once
// The built program (ULPSIM_PROGRAM) through a pipe.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace ulpsim::program_pipe {

struct Ended {
    int status = 0;
    std::string out, err;
    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        std::istringstream text(out);
        for (std::string line; std::getline(text, line);) all.push_back(line);
        return all;
    }
};

/// A folder of its own, gone with it.
class Folder {
public:
    Folder() : path_(::testing::TempDir() + "numbers_XXXXXX") {
        if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder for the test's files");
    }
    ~Folder() {
        for (const char* file : {"in", "out", "err"}) std::remove((path_ + "/" + file).c_str());
        std::remove(path_.c_str());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const char* name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

inline std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline Ended ulpsim(const std::string& words, const std::string& input) {
    const Folder folder;
    std::ofstream(folder.file("in")) << input;
    const std::string line = "cat " + folder.file("in") + " | '" ULPSIM_PROGRAM "' " + words + " > " +
                             folder.file("out") + " 2> " + folder.file("err");
    const int status = std::system(line.c_str());
    return {WEXITSTATUS(status), content(folder.file("out")), content(folder.file("err"))};
}

/// Input that is wrong: what is printed before it, and what the one line of the error starts with.
struct Wrong {
    const char *words, *input, *out, *says;
};

inline void expect_refused(const Wrong& wrong) {
    const Ended ended = ulpsim(wrong.words, wrong.input);
    EXPECT_EQ(ended.status, 2) << wrong.words;
    EXPECT_EQ(ended.out, wrong.out) << wrong.words;
    EXPECT_TRUE(ended.err.starts_with(std::string("standard input: ") + wrong.says)) << ended.err;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
}

}  // namespace ulpsim::program_pipe
