#include <limits>

#include "scenarios/program/reader/read_sections.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "workloads/optimizers/method.hpp"

namespace ulpsim::program {
namespace {

using namespace workloads;

std::filesystem::path read_path(const Section& section, const std::string& key) {
    return section.has(key) ? std::filesystem::absolute(section.text(key, "")) : std::filesystem::path();
}

FashionMnistConfig read_fashion_mnist(const Section& section) {
    section.refuse_all_but({"name", "directory", "train_samples", "test_samples", "standardize"});
    FashionMnistConfig dataset;
    dataset.directory = read_path(section, "directory");
    dataset.train_samples = section.whole("train_samples", dataset.train_samples, 1, 60000);
    dataset.test_samples = section.whole("test_samples", dataset.test_samples, 1, 10000);
    dataset.standardize = section.flag("standardize", dataset.standardize);
    return dataset;
}

LeastSquaresConfig read_least_squares(const Section& section) {
    section.refuse_all_but({"name", "samples", "features", "condition", "noise", "seed"});
    LeastSquaresConfig dataset;
    dataset.samples = section.whole("samples", dataset.samples, 1, 10'000'000);
    dataset.features = section.whole("features", dataset.features, 1, 65536);
    dataset.condition = section.real("condition", dataset.condition, 1, 1e12);
    dataset.noise = section.real("noise", dataset.noise, 0, 1e12);
    dataset.seed = section.whole("seed", dataset.seed, 0, std::numeric_limits<std::uint64_t>::max());
    return dataset;
}

std::filesystem::path needed_path(const Section& section, const std::string& key) {
    if (!section.has(key)) section.fail(key, "is missing; allowed: a file of samples");
    return read_path(section, key);
}

template <class Config>
Config read_sample_files(const Section& section) {
    Config dataset;
    dataset.train = needed_path(section, "train");
    dataset.test = read_path(section, "test");
    dataset.classes = section.whole("classes", dataset.classes, 0, 256);
    if (dataset.classes == 1) section.refuse("classes", "1", "allowed: 2 to 256, or 0 for a regression");
    dataset.standardize = section.flag("standardize", dataset.standardize);
    return dataset;
}

CsvConfig read_csv(const Section& section) {
    section.refuse_all_but({"name", "train", "test", "classes", "standardize", "header", "label"});
    CsvConfig dataset = read_sample_files<CsvConfig>(section);
    dataset.header = section.flag("header", dataset.header);
    dataset.label = section.text("label", dataset.label);
    return dataset;
}

LibsvmConfig read_libsvm(const Section& section) {
    section.refuse_all_but({"name", "train", "test", "classes", "standardize", "features"});
    LibsvmConfig dataset = read_sample_files<LibsvmConfig>(section);
    if (!section.has("features")) section.fail("features", "is missing; allowed: 1 to 65536");
    dataset.features = section.whole("features", 1, 1, 65536);
    return dataset;
}

NpyConfig read_npy(const Section& section) {
    section.refuse_all_but({"name", "train", "train_labels", "test", "test_labels", "classes", "standardize"});
    NpyConfig dataset = read_sample_files<NpyConfig>(section);
    dataset.train_labels = needed_path(section, "train_labels");
    dataset.test_labels =
        dataset.test.empty() ? read_path(section, "test_labels") : needed_path(section, "test_labels");
    if (dataset.test.empty() && !dataset.test_labels.empty())
        section.fail("test_labels", "is given; allowed: beside test only");
    return dataset;
}

DatasetConfig read_dataset(const Section& section) {
    const std::string name = section.choice("name", dataset_names().front(), dataset_names());
    if (name == "csv") return read_csv(section);
    if (name == "libsvm") return read_libsvm(section);
    if (name == "npy") return read_npy(section);
    if (name == "least_squares") return read_least_squares(section);
    return read_fashion_mnist(section);
}

// `network: mlp`, or `network: {layers: [256, 128, 10]}`.
NetworkConfig read_network(const Section& workload) {
    NetworkConfig network;
    if (!workload.is_mapping("network")) {
        network.name = workload.choice("network", network.name, network_names());
        return network;
    }
    const Section section = workload.section("network");
    section.refuse_all_but({"layers"});
    const std::vector<std::string> widths = section.texts("layers");
    if (widths.empty()) section.fail("layers", "is missing; allowed: a list of output widths, as [256, 128, 10]");
    for (const std::string& word : widths) {
        const bool digits = word.size() < 7 && word.find_first_not_of("0123456789") == std::string::npos;
        if (word.empty() || !digits || std::stoul(word) < 1 || std::stoul(word) > 65536) {
            section.refuse("layers", word.empty() ? "empty" : word, "allowed: whole numbers from 1 to 65536");
        }
        network.widths.push_back(std::stoul(word));
    }
    network.name = "layers";
    return network;
}

FullGradientConfig read_full_gradient(const Section& section) {
    section.refuse_all_but({"at", "format"});
    FullGradientConfig config;
    if (section.has("at"))
        config.at = section.choice("at", "", {"host", "accelerator"}) == "host" ? Place::host : Place::accelerator;
    config.format = section.parsed<arithmetic::Format>(
        "format", config.format, [](const std::string& name) { return arithmetic::parse_format(name); });
    return config;
}

OptimizerConfig read_optimizer(const Section& section) {
    section.refuse_all_but({"kind", "learning_rate", "momentum", "weight_decay", "batch", "kahan", "inner_steps",
                            "full_gradient", "range", "mu", "anchor_values"});
    OptimizerConfig optimizer;
    optimizer.kind = section.choice("kind", optimizer.kind, optimizer_names());
    optimizer.learning_rate = section.real("learning_rate", optimizer.learning_rate, 0, 100);
    optimizer.momentum = section.real("momentum", optimizer.momentum, 0, 0.9999);
    optimizer.weight_decay = section.real("weight_decay", optimizer.weight_decay, 0, 1);
    optimizer.batch = section.whole("batch", optimizer.batch, 1, 60000);
    optimizer.kahan = section.flag("kahan", optimizer.kahan);
    optimizer.inner_steps = section.whole("inner_steps", optimizer.inner_steps, 0, 4'000'000'000);
    optimizer.full_gradient = read_full_gradient(section.section("full_gradient"));
    optimizer.range = section.real("range", optimizer.range, 0x1p-100, 0x1p100);
    optimizer.mu = section.real("mu", optimizer.mu, 0x1p-100, 0x1p100);
    const bool recomputed = section.choice("anchor_values", "cached", {"cached", "recomputed"}) == "recomputed";
    optimizer.anchor_values = recomputed ? AnchorValuesAt::recomputed : AnchorValuesAt::cached;
    return optimizer;
}

LossScaleConfig read_loss_scale(const Section& section) {
    section.refuse_all_but({"kind", "value", "growth_interval"});
    LossScaleConfig scale;
    const bool dynamic = section.choice("kind", "static", {"static", "dynamic"}) == "dynamic";
    scale.kind = dynamic ? LossScaleConfig::Kind::dynamic : LossScaleConfig::Kind::fixed;
    scale.value = section.real("value", scale.value, 0x1p-100, 0x1p100);
    if (!dynamic && section.has("growth_interval")) {
        section.fail("growth_interval", "is given; allowed: with kind dynamic only");
    }
    scale.growth_interval = section.whole("growth_interval", scale.growth_interval, 1, 1000000000);
    return scale;
}

}  // namespace

void read_workload(const Section& section, Scenario& scenario) {
    section.refuse_all_but({"dataset", "network", "optimizer", "loss_scale", "batch_average", "epochs",
                            "checkpoint_every", "gradient_norm_goal"});
    scenario.dataset = read_dataset(section.section("dataset"));
    scenario.network = read_network(section);
    TrainingConfig& training = scenario.training;
    training.optimizer = read_optimizer(section.section("optimizer"));
    training.loss_scale = read_loss_scale(section.section("loss_scale"));
    const bool in_loss = section.choice("batch_average", "after_product", {"after_product", "in_loss"}) == "in_loss";
    training.batch_average = in_loss ? BatchAverage::in_loss : BatchAverage::after_product;
    training.epochs = section.whole("epochs", training.epochs, 1, 100000);
    training.gradient_norm_goal = section.real("gradient_norm_goal", training.gradient_norm_goal, 0, 1e12);
    training.checkpoint_every = section.whole("checkpoint_every", training.checkpoint_every, 0, 1000000000);
}

}  // namespace ulpsim::program
