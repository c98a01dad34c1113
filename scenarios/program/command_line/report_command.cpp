#include <iostream>
#include <set>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/report/page.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;

// A folder's own name, also of "runs/a/" and ".".
std::string folder_name(const std::filesystem::path& folder) {
    const std::filesystem::path whole = std::filesystem::absolute(folder).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

// Runs are told apart by their folders' names, with as many of the folders above as that takes.
std::vector<std::string> run_names(const Words& folders) {
    std::vector<std::string> names;
    for (const std::string& folder : folders) names.push_back(folder_name(folder));
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) return folders;
    return names;
}

}  // namespace

Syntax report_syntax() {
    Syntax syntax{.usage = "report RUN_DIR... [--out FILE.html]",
                  .purpose =
                      "Writes the page of a run, or of several runs side by side: one HTML file that needs no "
                      "network.",
                  .options = po::options_description("options"),
                  .positional = "RUN_DIR",
                  .most_positional = -1};
    syntax.options.add_options()("out", po::value<std::string>()->value_name("FILE.html"),
                                 "the page; default RUN_DIR/report.html, of several runs report.html");
    return syntax;
}

int report_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words folders = positional(arguments, syntax);
    if (folders.empty()) throw Error("ulpsim report: a run's folder is missing; allowed: ulpsim " + syntax.usage);
    if (std::set<std::string>(folders.begin(), folders.end()).size() != folders.size())
        throw Error("ulpsim report: a run's folder is given twice; allowed: each once");
    const std::vector<std::string> names = run_names(folders);
    std::vector<RunFiles> files;
    std::vector<Contender> runs;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        files.push_back(read_run_files(folders[i], names[i]));
        runs.push_back({names[i], {*read_run(folders[i], names[i])}});
    }
    const std::filesystem::path beside = folders.size() == 1 ? folders.front() : "";
    const std::filesystem::path out =
        arguments.contains("out") ? std::filesystem::path(arguments["out"].as<std::string>()) : beside / "report.html";
    write_file(out, files.size() == 1 ? run_page(files.front()) : comparison_page(files, compare(runs), {}));
    std::cout << "files: " << out.string() << "\n";
    return exit_done;
}

}  // namespace ulpsim::program
