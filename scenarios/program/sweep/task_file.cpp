#include "scenarios/program/sweep/task_file.hpp"

#include <iostream>
#include <sstream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

std::filesystem::path end_of(const std::filesystem::path& file) { return file.string() + ".end"; }

struct Read {
    Job job;
    std::optional<std::filesystem::path> source;
    unsigned threads = 1;
};

Read read_task(const std::filesystem::path& file) {
    Read task;
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.find(' ');
        const std::string key = line.substr(0, space), value = space < line.size() ? line.substr(space + 1) : "";
        if (key == "scenario") task.job.what.scenario = value;
        if (key == "set") task.job.what.set.push_back(value);
        if (key == "seed") task.job.seed = std::stoull(value);
        if (key == "folder") task.job.folder = value;
        if (key == "source") task.source = value;
        if (key == "threads") task.threads = static_cast<unsigned>(std::stoul(value));
    }
    if (task.job.folder.empty())
        throw Error(file.string() + " is no task; allowed: a file that `ulpsim sweep --executor slurm` wrote");
    return task;
}

}  // namespace

void write_task(const std::filesystem::path& file, const Work& work, unsigned threads) {
    const auto path = [](const std::filesystem::path& name) { return std::filesystem::absolute(name).string(); };
    std::string text = "scenario " + path(work.job.what.scenario) + "\n";
    for (const std::string& assignment : work.job.what.set) text += "set " + assignment + "\n";
    text += "seed " + std::to_string(work.job.seed) + "\nfolder " + path(work.job.folder) + "\n";
    if (work.source) text += "source " + path(*work.source) + "\n";
    write_file(file, text + "threads " + std::to_string(threads) + "\n");
}

int do_task(const std::filesystem::path& file) {
    const Read task = read_task(file);
    std::string message;
    const auto keep = [&](const std::string& text) { message = text; };
    const int status = guarded(keep, [&] {
        Progress progress(Progress::Style::plain, [](const std::string& line) { std::cerr << line << std::flush; });
        return do_job(task.job, task.source, task.threads, progress);
    });
    write_file(end_of(file), std::to_string(status) + "\n" + message);
    return status;
}

std::optional<Outcome> outcome_of_task(const std::filesystem::path& file) {
    std::istringstream text(read_file(end_of(file)));
    Outcome outcome;
    if (!(text >> outcome.status)) return std::nullopt;
    std::getline(text >> std::ws, outcome.message);
    return outcome;
}

}  // namespace ulpsim::program
