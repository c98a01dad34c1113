// Holds every #include of the tree against the table of who may include whom (DESIGN section 1), and every build file
// against the flags that would change bits. Link dependencies alone do not stop a stray header.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = ULPSIM_ROOT;

/// A room and the folders whose headers it may include; the first that a file lies in holds.
struct Room {
    std::string folder;
    std::vector<std::string> may_include;
};

const std::vector<Room>& rooms() {
    static const std::vector<Room> table{
        {"models/arithmetic/", {"models/arithmetic/"}},
        {"power/", {"power/", "models/arithmetic/"}},
        {"models/", {"models/", "power/"}},
        {"workloads/", {"workloads/", "models/arithmetic/"}},
        {"platform/", {"platform/", "models/", "power/", "workloads/"}},
        {"scenarios/", {"scenarios/", "platform/", "power/", "workloads/", "models/arithmetic/"}},
        {"tests/", {"tests/", "scenarios/", "platform/", "models/", "power/", "workloads/"}},
    };
    return table;
}

/// A library's headers and the only folders that may include them.
struct Library {
    std::string headers;  ///< regular expression
    std::vector<std::string> folders;
};

const std::vector<Library>& libraries() {
    static const std::vector<Library> table{
        {"(systemc|tlm|sysc/|tlm_).*",
         {"models/memory/", "models/interconnect/", "models/host/", "models/accelerator/", "platform/", "tests/"}},
        {"yaml-cpp/.*", {"scenarios/program/reader/"}},
        {"boost/json.*", {"scenarios/program/results/", "scenarios/program/report/", "tests/"}},
        {"boost/program_options.*", {"scenarios/program/command_line/"}},
        {"(zlib.h)", {"workloads/datasets/", "scenarios/program/replay/", "tests/"}},
        {"(sqlite3.h)", {"scenarios/program/sweep/", "tests/"}},
        {"(mpfr.h|Random123/.*|benchmark/.*|cblas.*|gtest/.*|gmock/.*)", {"tests/"}},
        {"(random)", {"tests/"}},  // its distributions differ between libraries
    };
    return table;
}

struct Include {
    std::string file, header;
    int line = 0;
    bool quoted = false;
};

bool below(const std::string& path, const std::vector<std::string>& folders) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return path.starts_with(folder); });
}

std::vector<fs::path> files_with(const std::vector<std::string>& endings) {
    std::vector<fs::path> files;
    for (const char* top : {"models", "power", "workloads", "platform", "scenarios", "tests"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            const std::string name = entry.path().filename().string();
            const bool wanted =
                std::any_of(endings.begin(), endings.end(), [&](const auto& end) { return name.ends_with(end); });
            if (entry.is_regular_file() && wanted) files.push_back(entry.path());
        }
    }
    return files;
}

std::vector<Include> includes_of(const std::string& file, std::istream& text) {
    static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> found;
    std::string line;
    std::smatch match;
    for (int number = 1; std::getline(text, line); ++number) {
        if (std::regex_search(line, match, pattern)) found.push_back({file, match[2], number, match[1] == "\""});
    }
    return found;
}

// What is wrong with an include; nothing when it may stand.
std::string complaint(const Include& include) {
    if (!include.quoted) {
        for (const auto& [headers, folders] : libraries()) {
            if (std::regex_match(include.header, std::regex(headers)) && !below(include.file, folders)) {
                return "<" + include.header + "> may not be included here";
            }
        }
        return "";
    }
    if (!fs::exists(root / include.header)) return "\"" + include.header + "\" is not a path from the root";
    for (const Room& room : rooms()) {
        if (!include.file.starts_with(room.folder)) continue;
        return below(include.header, room.may_include) ? "" : room.folder + " may not include " + include.header;
    }
    return "lies in no room";
}

TEST(Includes, StayInsideTheTableOfRooms) {
    int count = 0;
    for (const fs::path& path : files_with({".hpp", ".cpp", ".inc"})) {
        std::ifstream text(path);
        for (const Include& include : includes_of(path.lexically_relative(root).string(), text)) {
            ++count;
            const std::string wrong = complaint(include);
            EXPECT_EQ(wrong, "") << include.file << ":" << include.line;
        }
    }
    EXPECT_GT(count, 100) << "the tree was not found at " << root;
}

TEST(Includes, ThatBreakTheTableAreSeen) {
    EXPECT_NE(complaint({"workloads/a.cpp", "power/ledger/ledger.hpp", 1, true}), "");
    EXPECT_NE(complaint({"models/arithmetic/a.cpp", "power/ledger/ledger.hpp", 1, true}), "");
    EXPECT_NE(complaint({"power/a.cpp", "models/memory/access.hpp", 1, true}), "");
    EXPECT_NE(complaint({"scenarios/program/a.cpp", "models/memory/dram.hpp", 1, true}), "");
    EXPECT_NE(complaint({"platform/a.cpp", "simulation.hpp", 1, true}), "");
    EXPECT_NE(complaint({"models/arithmetic/a.cpp", "systemc", 1, false}), "");
    EXPECT_NE(complaint({"scenarios/program/results/a.cpp", "yaml-cpp/yaml.h", 1, false}), "");
    EXPECT_EQ(complaint({"platform/a.cpp", "workloads/executor/op.hpp", 1, true}), "");
    EXPECT_EQ(complaint({"models/memory/a.cpp", "systemc", 1, false}), "");
    std::istringstream text("#include <vector>\n  # include \"power/a.hpp\"  // why\n// #include <no>\n");
    EXPECT_EQ(includes_of("a", text).size(), 2u);
}

TEST(BuildFiles, HaveNoFlagThatChangesBits) {
    std::vector<fs::path> files = files_with({"CMakeLists.txt", ".cmake"});
    files.push_back(root / "CMakeLists.txt");
    files.push_back(root / "CMakePresets.json");
    for (const fs::path& path : files) {
        std::ifstream stream(path);
        std::string line;
        for (int number = 1; std::getline(stream, line); ++number) {
            const std::string code = line.substr(0, line.find('#'));
            for (const char* flag : {"-ffast-math", "-march=native", "-Ofast", "-funsafe-math", "-ffp-contract=fast"}) {
                EXPECT_EQ(code.find(flag), std::string::npos) << path << ":" << number << " has " << flag;
            }
        }
    }
}

}  // namespace
