#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/interrupt.hpp"
#include "scenarios/program/replay/replayed_run.hpp"
#include "scenarios/program/report/page.hpp"
#include "scenarios/program/report/summary.hpp"

namespace ulpsim::program {

namespace po = boost::program_options;

Syntax replay_syntax() {
    Syntax syntax{
        .usage = "replay RUN_DIR [--set platform.key=value]... [--out DIR] [--json] [--quiet]",
        .purpose =
            "What a finished run would cost on changed hardware: its recorded operations drive the modelled machine\n"
            "without redoing the arithmetic. Time, energy and area are new, the training's figures are the\n"
            "recording's. Any key of platform.* may change but its kind; formats that the operators lack are refused.\n"
            "Leaves a run's folder in DIR.",
        .options = po::options_description("options"),
        .positional = "RUN_DIR",
        .most_positional = 1};
    syntax.options.add_options()("set",
                                 po::value<std::vector<std::string>>()->composing()->value_name("key.path=value"),
                                 "change a key of the platform; may be repeated")(
        "out", po::value<std::string>()->value_name("DIR"), "folder of the result; default RUN_DIR/replay")(
        "json", "print results.json instead of a summary")("quiet", "no progress");
    return syntax;
}

int replay_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words runs = positional(arguments, syntax);
    if (runs.empty()) throw Error("ulpsim replay: a run's folder is missing; allowed: ulpsim " + syntax.usage);
    const std::filesystem::path run = runs.front();
    const std::filesystem::path folder =
        arguments.contains("out") ? std::filesystem::path(arguments["out"].as<std::string>()) : run / "replay";
    if (std::filesystem::weakly_canonical(folder) == std::filesystem::weakly_canonical(run))
        throw Error("ulpsim replay: --out is the recorded run's own folder; allowed: another one");
    const Recording recording = open_recording(run);
    const Prepared prepared = prepare_replay(recording, overrides(arguments).set);
    catch_interrupts();
    Progress progress = Progress::standard(arguments.contains("quiet"));
    const RunResults results = replay_into(folder, recording, prepared, progress);
    write_run_page(folder, prepared.scenario().name);
    if (arguments.contains("json")) {
        std::cout << results_json(results);
    } else {
        std::cout << summary_text(prepared.scenario().name, results) << "files: " << folder.string() << "\n";
    }
    return exit_status(results);
}

}  // namespace ulpsim::program
