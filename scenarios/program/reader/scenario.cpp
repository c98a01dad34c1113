#include "scenarios/program/reader/scenario.hpp"

#include <limits>
#include <stdexcept>
#include <string_view>

#include "scenarios/program/reader/read_sections.hpp"

namespace ulpsim::program {
namespace {

std::string default_name(const std::filesystem::path& file) {
    const std::string folder = file.parent_path().filename().string();
    return folder.empty() ? file.stem().string() : folder + "/" + file.stem().string();
}

workloads::HealthConfig read_health(const Section& root) {
    using Level = workloads::HealthConfig::Level;
    workloads::HealthConfig health;
    const auto level = [&](const Section& section, const std::string& key) {
        const std::string word = section.choice(key, "off", {"off", "counts", "histograms"});
        if (word == "counts") health.level = Level::counts;
        if (word == "histograms") health.level = Level::histograms;
    };
    if (!root.is_mapping("health")) {
        level(root, "health");
        return health;
    }
    const Section section = root.section("health");
    section.refuse_all_but({"level", "every"});
    if (!section.has("level")) section.fail("level", "is missing; allowed: off, counts, histograms");
    level(section, "level");
    health.every = section.whole("every", health.every, 1, 1000000000);
    return health;
}

Scenario read(const Document& document) {
    const Section root = document.root();
    root.refuse_all_but({"name", "seed", "platform", "workload", "precision", "health"});
    for (const std::string key : {"platform", "workload", "precision"}) {
        if (!root.has(key)) root.fail(key, "is missing; allowed: name, seed, platform, workload, precision, health");
    }
    Scenario scenario;
    scenario.name = root.text("name", default_name(document.file()));
    if (scenario.name.starts_with('/') || scenario.name.find("..") != std::string::npos) {
        root.refuse("name", scenario.name, "allowed: words separated by /, as a folder below runs/");
    }
    scenario.training.seed = root.whole("seed", 1, 0, std::numeric_limits<std::uint64_t>::max());
    scenario.platform = read_platform(root.section("platform"));
    read_workload(root.section("workload"), scenario);
    scenario.training.precision = read_precision(root.section("precision"));
    scenario.training.health = read_health(root);
    check_formats(document, scenario);
    return scenario;
}

}  // namespace

ScenarioFile::ScenarioFile(std::shared_ptr<Document> document, const Overrides& overrides) {
    for (const std::string& assignment : overrides.set) document->set(assignment);
    if (overrides.seed) document->set("seed=" + std::to_string(*overrides.seed));
    scenario_ = read(*document);
    document_ = std::move(document);
    check("platform", [&] { platform::check(scenario_.platform); });
}

ScenarioFile ScenarioFile::parse(const std::string& text, const std::string& file_name, const Overrides& overrides) {
    return {std::make_shared<Document>(Document::parse(text, file_name)), overrides};
}

ScenarioFile ScenarioFile::open(const std::filesystem::path& path, const Overrides& overrides) {
    return {std::make_shared<Document>(Document::open(path)), overrides};
}

std::string ScenarioFile::located(const std::string& message, const std::string& section) const {
    const std::string first = message.substr(0, message.find_first_of(" :;,"));
    const Section root = document_->root();
    const std::string head = split_path(first).front();
    if (root.has(head) && head != "name") return document_->where(first) + message;
    return document_->where(section + "." + first) + section + "." + message;
}

void ScenarioFile::check(const std::string& section, const std::function<void()>& room_check) const {
    try {
        room_check();
    } catch (const DataError& error) {
        throw DataError(document_->where(section) + section + ": " + error.what());
    } catch (const Error& error) {
        throw Error(located(error.what(), section));
    }
}

void ScenarioFile::simulate(const std::function<void()>& simulation) const {
    check("platform", [&] {
        try {
            simulation();
        } catch (const DataError&) {
            throw;
        } catch (const Error& error) {
            if (std::string_view(error.what()).starts_with("platform.")) throw;
            throw std::runtime_error(error.what());
        }
    });
}

}  // namespace ulpsim::program
