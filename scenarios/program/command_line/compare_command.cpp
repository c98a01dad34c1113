#include <iostream>
#include <set>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/command_line/match.hpp"
#include "scenarios/program/report/page.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;

/// A scenario of the comparison.
struct Entrant {
    std::string name;  ///< the file's stem
    std::vector<PlannedRun> runs;
};

std::vector<Entrant> entrants(const Words& scenarios, const Arguments& arguments, const std::filesystem::path& out) {
    std::vector<Entrant> all;
    std::set<std::string> names;
    for (const std::string& scenario : scenarios) {
        const std::string name = std::filesystem::path(scenario).stem().string();
        if (!names.insert(name).second) {
            throw Error("ulpsim compare: two scenarios are called " + name + "; allowed: different file names");
        }
        all.push_back({name, with_seeds(scenario, name, overrides(arguments), seeds(arguments), out / name)});
    }
    return all;
}

std::vector<PlannedRun> runs_of(const std::vector<Entrant>& all) {
    std::vector<PlannedRun> runs;
    for (const Entrant& entrant : all) runs.insert(runs.end(), entrant.runs.begin(), entrant.runs.end());
    return runs;
}

/// All that have finished with every seed.
std::vector<Contender> contenders_of(const std::vector<Entrant>& all) {
    std::vector<Contender> contenders;
    for (const Entrant& entrant : all) {
        Contender contender = read_runs(entrant.name, entrant.runs);
        if (contender.seeds.size() == entrant.runs.size()) contenders.push_back(std::move(contender));
    }
    return contenders;
}

/// Puts replays with arrays of another size in place of all contenders but the first, or of so many as Ctrl-C lets it; says
/// what it chose.
std::vector<std::string> match_to_first(Match match, const std::vector<Entrant>& all,
                                        std::vector<Contender>& contenders, bool quiet) {
    const double target = measure(match, contenders.front().seeds.front(), all.front().runs.front().file.scenario());
    std::vector<std::string> chosen;
    for (std::size_t i = 1; i < all.size(); ++i) {
        std::optional<Matched> resized = matched(match, target, all[i].name, all[i].runs, quiet);
        if (!resized) break;
        contenders[i] = std::move(resized->contender);
        chosen.push_back(resized->what);
    }
    return chosen;
}

/// The page of each contender's first seed, and theirs side by side.
void write_pages(const std::filesystem::path& out, const std::vector<Contender>& contenders,
                 const Comparison& comparison) {
    std::vector<RunFiles> files;
    std::vector<Link> links;
    for (const Contender& contender : contenders) {
        const std::filesystem::path& folder = contender.seeds.front().folder;
        write_run_page(folder, contender.name);
        files.push_back(read_run_files(folder, contender.name));
        links.emplace_back(contender.name, (folder.lexically_relative(out) / "report.html").string());
    }
    write_file(out / "report.html", comparison_page(files, comparison, links));
}

}  // namespace

Syntax compare_syntax() {
    Syntax syntax{
        .usage =
            "compare SCENARIO SCENARIO... [--set key.path=value]... [--out DIR] [--seed N] [--seeds N] "
            "[--match area|power|throughput] [--threads N] [--quiet] [--json]",
        .purpose =
            "Runs each scenario in a process of its own (or reuses its finished run in DIR) and prints one table:\n"
            "quality, time and energy to the same quality, energy by component, operation and phase, traffic,\n"
            "memory, area, each with its ratio to the first. Leaves DIR/<file stem>/, DIR/compare.json and\n"
            "DIR/report.html, a page. With --seeds no winner is called inside the range over the seeds. --match gives\n"
            "the others arrays of the same proportions, by replay, so that the platforms are as large, draw as much\n"
            "power on average or have the same peak throughput as the first, and says which.",
        .options = po::options_description("options"),
        .positional = "SCENARIO",
        .most_positional = -1};
    add_override_options(syntax.options);
    add_seeds_option(syntax.options);
    syntax.options.add_options()("match", po::value<std::string>()->value_name("area|power|throughput"),
                                 "resize the others' arrays until this is the first's")(
        "out", po::value<std::string>()->default_value("runs/compare")->value_name("DIR"),
        "folder of the runs, of compare.json and report.html")("threads", po::value<unsigned>()->value_name("N"),
                                                               "threads of each run's arithmetic; changes no result")(
        "quiet", "no progress");
    add_json_option(syntax.options);
    return syntax;
}

int compare_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words scenarios = positional(arguments, syntax);
    if (scenarios.size() < 2) throw Error("ulpsim compare: two scenarios are needed; allowed: ulpsim " + syntax.usage);
    const std::filesystem::path out = arguments["out"].as<std::string>();
    const std::vector<Entrant> all = entrants(scenarios, arguments, out);
    std::optional<Match> match;
    if (arguments.contains("match")) match = match_named(arguments["match"].as<std::string>());
    catch_interrupts();
    if (const int status = run_missing(runs_of(all), arguments); status != exit_done) return status;

    std::vector<Contender> contenders = contenders_of(all);
    std::vector<std::string> chosen;
    if (match && contenders.size() == all.size())
        chosen = match_to_first(*match, all, contenders, arguments.contains("quiet"));
    if (!contenders.empty()) {
        Comparison comparison = compare(contenders);
        comparison.matched = chosen;
        write_file(out / "compare.json", comparison_json(comparison));
        write_pages(out, contenders, comparison);
        if (arguments.contains("json")) {
            std::cout << comparison_json(comparison);
            return interrupted() ? exit_interrupted : exit_done;
        }
        std::cout << comparison_text(comparison) << "files: " << (out / "compare.json").string() << ", "
                  << (out / "report.html").string() << "\n";
    }
    return interrupted() ? exit_interrupted : exit_done;
}

}  // namespace ulpsim::program
