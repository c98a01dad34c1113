#include "scenarios/program/report/recorded_run.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

namespace json = boost::json;

std::vector<std::string> csv_fields(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

std::size_t group_index(const std::string& group) {
    for (int g = 0; g < power::group_count; ++g) {
        if (power::name(static_cast<power::Group>(g)) == group) return static_cast<std::size_t>(g);
    }
    return 0;
}

void read_operations(const std::filesystem::path& file, RecordedRun& run) {
    const std::string text = read_file(file);
    bool head = true;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::vector<std::string> fields = csv_fields(text.substr(start, end - start));
        start = end + 1;
        if (!head && fields.size() == 7) {
            const double energy = std::stod(fields[5]);
            const std::size_t group = group_index(fields[6]);
            run.by_component[fields[0]][group] += energy;
            run.by_class[operation_class(fields[1])][group] += energy;
            run.by_phase[fields[3]][group] += energy;
        }
        head = false;
    }
}

double number(const json::value& value) {
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.to_number<double>();
}

GroupEnergy group_energy(const json::value& groups) {
    GroupEnergy energy{};
    for (const auto& [group, joules] : groups.as_object()) energy[group_index(std::string(group))] = number(joules);
    return energy;
}

std::map<std::string, double> numbers(const json::value& object) {
    std::map<std::string, double> values;
    for (const auto& [key, value] : object.as_object()) values[std::string(key)] = number(value);
    return values;
}

RecordedEpoch epoch_of(const json::value& value) {
    RecordedEpoch epoch;
    epoch.epoch = value.at("epoch").to_number<std::uint64_t>();
    epoch.train_loss = number(value.at("train_loss"));
    epoch.train_accuracy = number(value.at("train_accuracy"));
    if (!value.at("test_accuracy").is_null()) epoch.test_accuracy = number(value.at("test_accuracy"));
    if (!value.at("gradient_norm").is_null()) epoch.gradient_norm = number(value.at("gradient_norm"));
    epoch.sim_seconds = number(value.at("sim_seconds"));
    epoch.energy = group_energy(value.at("energy_by_group"));
    return epoch;
}

RecordedRun run_of(const json::value& results) {
    RecordedRun run;
    run.status = results.at("status").as_string().c_str();
    run.seconds = number(results.at("time").at("seconds"));
    run.total_j = number(results.at("energy").at("total_j"));
    run.low_j = number(results.at("energy").at("interval_j").at("low"));
    run.high_j = number(results.at("energy").at("interval_j").at("high"));
    run.energy = group_energy(results.at("energy").at("by_group"));
    for (const auto& [group, factors] : results.at("energy").at("uncertainty").as_object()) {
        run.uncertainty[group_index(std::string(group))] = {number(factors.at("low")), number(factors.at("high"))};
    }
    for (const json::value& epoch : results.at("training").at("epochs").as_array())
        run.epochs.push_back(epoch_of(epoch));
    for (const auto& [component, shares] : results.at("utilisation").as_object()) {
        run.busy[std::string(component)] = number(shares.at("busy"));
    }
    run.traffic = numbers(results.at("traffic"));
    for (const auto& [memory, use] : results.at("memory").as_object()) {
        run.peak_bytes[std::string(memory)] = number(use.at("peak_bytes"));
    }
    run.area_mm2 = number(results.at("area_mm2").at("total"));
    const json::value& simulator = results.at("simulator");
    run.wall_seconds = number(simulator.at("wall_seconds"));
    run.arithmetic_seconds = number(simulator.at("arithmetic_seconds"));
    run.replayed = simulator.at("replayed").as_bool();
    run.version = simulator.at("version").as_string().c_str();
    run.technology_digest = simulator.at("technology_digest").as_string().c_str();
    return run;
}

}  // namespace

std::string operation_class(const std::string& operation) {
    static const std::map<std::string, std::string> classes{
        {"mac", "arithmetic"},         {"fma", "arithmetic"},          {"add", "arithmetic"},
        {"mul", "arithmetic"},         {"div", "arithmetic"},          {"compare", "arithmetic"},
        {"twosum", "arithmetic"},      {"exp", "arithmetic"},          {"log", "arithmetic"},
        {"convert", "conversions"},    {"random_bits", "random bits"}, {"sram_read", "sram"},
        {"sram_write", "sram"},        {"register_bit", "registers"},  {"dram_activate", "dram"},
        {"dram_read_byte", "dram"},    {"dram_write_byte", "dram"},    {"dram_refresh", "dram"},
        {"bus_byte", "bus"},           {"link_byte", "channel"},       {"link_message", "channel"},
        {"host_cycle", "host cycles"}, {"descriptor", "control"},      {"clock", "clock"},
        {"static", "static"}};
    const auto found = classes.find(operation.substr(0, operation.find('[')));
    return found == classes.end() ? "other" : found->second;
}

std::optional<RecordedRun> read_run(const std::filesystem::path& folder, const std::string& name) {
    const std::string text = read_file(folder / "results.json");
    boost::system::error_code error;
    const json::value results = json::parse(text, error);
    if (error || !results.is_object()) return std::nullopt;
    const json::value* schema = results.as_object().if_contains("schema");
    if (schema == nullptr || !schema->is_string() || schema->as_string() != "ulpsim.results/1") return std::nullopt;
    RecordedRun run;
    try {
        run = run_of(results);
    } catch (const std::exception&) {  // of another version of the schema, or edited
        return std::nullopt;
    }
    run.name = name;
    run.folder = folder;
    read_operations(folder / "operations.csv", run);
    return run;
}

}  // namespace ulpsim::program
