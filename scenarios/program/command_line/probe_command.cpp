#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/probed_product.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/reader/topology.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;

std::uint64_t size(const Arguments& arguments, const std::string& name) {
    if (!arguments.contains(name)) throw Error("ulpsim probe gemm: --" + name + " is missing; allowed: 1 to 65536");
    const std::string word = arguments[name].as<std::string>();
    const bool digits = word.size() < 7 && !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoul(word) < 1 || std::stoul(word) > 65536) {
        throw Error("ulpsim probe gemm: --" + name + " is " + word + "; allowed: 1 to 65536");
    }
    return std::stoul(word);
}

ScenarioFile scenario(const Words& words, std::size_t at, const Arguments& arguments) {
    const std::filesystem::path file = words.size() > at
                                           ? std::filesystem::path(words[at])
                                           : source_root() / "scenarios/fashion_mnist/accelerator_only.yaml";
    return ScenarioFile::open(file, overrides(arguments));
}

void probe_gemm(const Words& words, const Arguments& arguments) {
    if (words.size() > 2) throw Error("ulpsim probe gemm: " + words[2] + " is one word too many; allowed: a scenario");
    const GemmShape shape{size(arguments, "m"), size(arguments, "n"), size(arguments, "k")};
    const ScenarioFile file = scenario(words, 1, arguments);
    JsonWriter json;
    json.begin_object();
    write_members(json, probe_products(file, {shape}).front(), file.scenario().platform.accelerator.array);
    std::cout << json.end_object().text();
}

void probe_topology(const Words& words, const Arguments& arguments) {
    if (words.size() < 2)
        throw Error(
            "ulpsim probe topology: a file is missing; allowed: ulpsim "
            "probe topology FILE.csv [SCENARIO]");
    const std::vector<TopologyLayer> layers = read_topology(words[1]);
    const ScenarioFile file = scenario(words, 2, arguments);
    const platform::ArrayConfig& array = file.scenario().platform.accelerator.array;
    std::vector<GemmShape> shapes;
    for (const TopologyLayer& layer : layers) shapes.push_back({layer.m, layer.n, layer.k});
    const std::vector<ProbedProduct> products = probe_products(file, shapes);
    const std::filesystem::path folder = arguments.contains("out")
                                             ? std::filesystem::path(arguments["out"].as<std::string>())
                                             : "runs" / std::filesystem::path(words[1]).stem();
    write_file(folder / "COMPUTE_REPORT.csv", compute_report(shapes, products, array));
    JsonWriter json;
    json.begin_array();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        json.begin_object().member("layer", layers[i].name).member("m", layers[i].m).member("n", layers[i].n);
        json.member("k", layers[i].k);
        write_members(json, products[i], array);
        json.end_object();
    }
    std::cout << json.end_array().text();
    std::cerr << "files: " << (folder / "COMPUTE_REPORT.csv").string() << "\n";
}

}  // namespace

Syntax probe_syntax() {
    Syntax syntax{.usage = "probe gemm --m M --n N --k K [SCENARIO] [--set key.path=value]...",
                  .purpose =
                      "One matrix product (m x k) (k x n) on the scenario's "
                      "platform, in the formats of its activations,\n"
                      "weights and accumulator, from submission to the last byte "
                      "written; as JSON. utilisation is the share\n"
                      "of the array's multiplier cycles in use; compute_cycles is "
                      "the array alone, without waiting for data.\n"
                      "Without a scenario: fashion_mnist/accelerator_only.\n\n"
                      "ulpsim probe topology FILE.csv [SCENARIO] [--out DIR]: the "
                      "same for each layer of a SCALE-Sim topology\n"
                      "(convolutions, as the products that they are, or a file of "
                      "m, n, k), as a JSON array; leaves SCALE-Sim's\n"
                      "COMPUTE_REPORT.csv in DIR.",
                  .options = po::options_description("options"),
                  .positional = "WHAT",
                  .most_positional = 3,
                  .choices = {"gemm", "topology"}};
    syntax.options.add_options()("m", po::value<std::string>()->value_name("M"), "rows of the result")(
        "n", po::value<std::string>()->value_name("N"), "columns of the result")(
        "k", po::value<std::string>()->value_name("K"), "length of the sums")(
        "out", po::value<std::string>()->value_name("DIR"), "folder of COMPUTE_REPORT.csv; default runs/<file stem>");
    add_override_options(syntax.options);
    return syntax;
}

int probe_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Words what = positional(arguments, syntax);
    if (!what.empty() && what.front() == "gemm") {
        probe_gemm(what, arguments);
    } else if (!what.empty() && what.front() == "topology") {
        probe_topology(what, arguments);
    } else {
        throw Error("ulpsim probe: " + (what.empty() ? "an operation is missing" : what.front() + " is not known") +
                    "; allowed: gemm, topology");
    }
    return exit_done;
}

}  // namespace ulpsim::program
