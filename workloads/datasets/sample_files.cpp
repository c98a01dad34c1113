// Data sets from the user's files: a Table each for training and test, classes from labels, features on one scale.
#include <algorithm>
#include <cmath>
#include <set>

#include "models/arithmetic/error.hpp"
#include "workloads/datasets/dataset.hpp"
#include "workloads/datasets/table.hpp"

namespace ulpsim::workloads {
namespace {

std::vector<double> distinct(const std::vector<double>& labels) {
    const std::set<double> values(labels.begin(), labels.end());
    return {values.begin(), values.end()};
}

Samples samples_of(Table table, const std::vector<double>& classes, const std::filesystem::path& file) {
    const auto beyond = std::ranges::find_if(table.values, [](float value) { return !std::isfinite(value); });
    if (beyond != table.values.end())
        throw DataError(file.string() + " holds a value beyond binary32 in sample " +
                        std::to_string(1 + static_cast<std::uint64_t>(beyond - table.values.begin()) / table.features));
    Samples samples{.features = table.features, .values = std::move(table.values), .labels = {}};
    if (classes.empty()) {
        samples.targets = std::move(table.labels);
        return samples;
    }
    for (const double label : table.labels) {
        const auto found = std::ranges::lower_bound(classes, label);
        if (found == classes.end() || *found != label)
            throw DataError(file.string() + " holds the label " + std::to_string(label) +
                            ", which the training samples lack");
        samples.labels.push_back(static_cast<std::uint8_t>(found - classes.begin()));
    }
    return samples;
}

/// By the training samples' mean and deviation of each feature; sums in binary64, sample by sample.
void standardize(Samples& train, Samples& test) {
    const std::uint64_t features = train.features;
    std::vector<double> mean(features), square(features);
    const auto each = [&](Samples& samples, const auto& visit) {
        for (std::size_t i = 0; i < samples.values.size(); ++i) visit(samples.values[i], i % features);
    };
    const double count = static_cast<double>(train.count());
    each(train, [&](float& value, std::size_t j) { mean[j] += static_cast<double>(value); });
    for (double& sum : mean) sum /= count;
    each(train, [&](float& value, std::size_t j) {
        const double away = static_cast<double>(value) - mean[j];
        square[j] += away * away;
    });
    const auto scaled = [&](float& value, std::size_t j) {
        const double deviation = std::sqrt(square[j] / count);
        value = deviation > 0 ? static_cast<float>((static_cast<double>(value) - mean[j]) / deviation) : 0.0f;
    };
    each(train, scaled);
    each(test, scaled);
}

Dataset dataset_of(const char* name, const SampleFilesConfig& config, Table train, Table test) {
    const std::vector<double> classes = config.classes == 0 ? std::vector<double>{} : distinct(train.labels);
    if (classes.size() != config.classes)
        throw DataError(config.train.string() + " holds " + std::to_string(classes.size()) +
                        " different labels; allowed: the " + std::to_string(config.classes) +
                        " of workload.dataset.classes (0: a regression)");
    if (!config.test.empty() && test.features != train.features)
        throw DataError(config.test.string() + " has " + std::to_string(test.features) + " features; allowed: the " +
                        std::to_string(train.features) + " of " + config.train.string());
    Dataset dataset{.name = name,
                    .classes = config.classes,
                    .train = samples_of(std::move(train), classes, config.train),
                    .test = samples_of(std::move(test), classes, config.test)};
    if (config.standardize) standardize(dataset.train, dataset.test);
    return dataset;
}

}  // namespace

Dataset load(const CsvConfig& config) {
    const auto table = [&](const std::filesystem::path& file) { return read_csv(file, config.header, config.label); };
    return dataset_of("csv", config, table(config.train), config.test.empty() ? Table{} : table(config.test));
}

Dataset load(const LibsvmConfig& config) {
    const auto table = [&](const std::filesystem::path& file) { return read_libsvm(file, config.features); };
    return dataset_of("libsvm", config, table(config.train), config.test.empty() ? Table{} : table(config.test));
}

Dataset load(const NpyConfig& config) {
    return dataset_of("npy", config, read_npy_pair(config.train, config.train_labels),
                      config.test.empty() ? Table{} : read_npy_pair(config.test, config.test_labels));
}

}  // namespace ulpsim::workloads
