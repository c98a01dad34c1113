#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace ulpsim::workloads {

/// Samples x features, row-major, and for each a class (classification) or a number (regression). Images stay the codes
/// of their file, a fourth of the values' bytes.
struct Samples {
    std::uint64_t features = 0;
    std::vector<float> values;             ///< empty where there are codes
    std::vector<std::uint8_t> labels;      ///< classification only
    std::vector<double> targets = {};      ///< regression only
    std::vector<std::uint8_t> codes = {};  ///< instead of values: samples x features indices into code_values
    std::vector<float> code_values = {};   ///< 256
    /// The features of a sample; `room` holds them where they must be made from codes.
    std::span<const float> row(std::uint64_t sample, std::vector<float>& room) const;
    /// The first of them; `count` is at most count().
    Samples first(std::uint64_t count) const;
    std::uint64_t count() const { return labels.empty() ? targets.size() : labels.size(); }
};

struct Dataset {
    std::string name;
    std::uint64_t classes = 0;  ///< 0: regression
    Samples train, test;
    bool is_regression() const { return classes == 0; }
    /// What a network for it gives: a logit a class, or one number.
    std::uint64_t outputs() const { return is_regression() ? 1 : classes; }
};

// ---- configuration: one struct a source, the `name` in the scenario file says which ---------------------------------
struct FashionMnistConfig {
    std::filesystem::path directory = {};  ///< empty: where the Debian package puts it
    std::uint64_t train_samples = 60000;   ///< the first ones of the file, 1..60000
    std::uint64_t test_samples = 10000;    ///< 1..10000
    bool standardize = true;               ///< (x - mean) / deviation of the training pixels; else x / 255
};

/// Synthetic linear regression (facts: training 1.6): features N(0, 1), true weights uniform in (-1, 1), target = their
/// product + noise N(0, 1). No test samples.
struct LeastSquaresConfig {
    std::uint64_t samples = 1000;  ///< 1..10000000
    std::uint64_t features = 100;  ///< 1..65536
    /// Of the features' covariance, 1..1e12: feature j is multiplied by condition^(-j / (2 (features - 1))). What was
    /// drawn is a little worse conditioned: 3.6 for 1000 samples of 100 features at 1.
    double condition = 1;
    double noise = 1;        ///< standard deviation, 0 or more
    std::uint64_t seed = 1;  ///< of the data alone, so that runs of other seeds see the same problem
};

/// What files of samples share. Labels of classes are any numbers: their distinct values in the training file, ascending,
/// are the classes.
struct SampleFilesConfig {
    std::filesystem::path train;      ///< gzip or plain, as all of them
    std::filesystem::path test = {};  ///< empty: no test samples
    std::uint64_t classes = 0;        ///< 2..256, or 0: the labels are the numbers of a regression
    bool standardize = false;  ///< (x - mean) / deviation of the training samples, feature by feature; a feature that
                               ///< never changes becomes 0
};
/// Table says how each is read.
struct CsvConfig : SampleFilesConfig {
    bool header = false;
    std::string label = "last";  ///< a name of the header, an index from 1, or "last"
};
struct LibsvmConfig : SampleFilesConfig {
    std::uint64_t features = 0;  ///< 1..65536
};
struct NpyConfig : SampleFilesConfig {
    std::filesystem::path train_labels, test_labels = {};
};

using DatasetConfig = std::variant<FashionMnistConfig, LeastSquaresConfig, CsvConfig, LibsvmConfig, NpyConfig>;

// Each throws Error (configuration) or DataError (file missing, truncated, damaged: names file and offset).
Dataset load(const FashionMnistConfig& config);
Dataset load(const LeastSquaresConfig& config);
Dataset load(const CsvConfig& config);
Dataset load(const LibsvmConfig& config);
Dataset load(const NpyConfig& config);
Dataset load(const DatasetConfig& config);

/// As scenario files write it.
std::string dataset_name(const DatasetConfig& config);
/// All of them, for `ulpsim list datasets`.
std::vector<std::string> dataset_names();

/// An IDX file of unsigned bytes, gzip or plain. Throws DataError.
struct Idx {
    std::vector<std::uint64_t> sizes;
    std::vector<std::uint8_t> bytes;
};
Idx read_idx(const std::filesystem::path& file);

}  // namespace ulpsim::workloads
