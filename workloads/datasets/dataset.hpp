#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ulpsim::workloads {

/// Samples x features, row-major, and a class for each.
struct Samples {
    std::uint64_t features = 0;
    std::vector<float> values;
    std::vector<std::uint8_t> labels;
    std::uint64_t count() const { return labels.size(); }
};

struct Dataset {
    std::string name;
    std::uint64_t classes = 0;
    Samples train, test;
};

struct DatasetConfig {
    std::string name = "fashion_mnist";
    std::filesystem::path directory;      ///< empty: where the Debian package puts it
    std::uint64_t train_samples = 60000;  ///< the first ones of the file, 1..60000
    std::uint64_t test_samples = 10000;   ///< 1..10000
    bool standardize = true;              ///< (x - mean) / deviation of the training pixels; else x / 255
};

/// Throws Error (configuration) or DataError (file missing, truncated, damaged: names file and offset).
Dataset load(const DatasetConfig& config);
/// Names that `load` knows, for `ulpsim list datasets`.
std::vector<std::string> dataset_names();

/// An IDX file of unsigned bytes, gzip or plain. Throws DataError.
struct Idx {
    std::vector<std::uint64_t> sizes;
    std::vector<std::uint8_t> bytes;
};
Idx read_idx(const std::filesystem::path& file);

}  // namespace ulpsim::workloads
