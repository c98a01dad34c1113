#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ulpsim::workloads {

/// What a file of samples holds: samples x features, row-major, and the number in each sample's label column.
struct Table {
    std::uint64_t features = 0;
    std::vector<float> values;
    std::vector<double> labels;
    std::uint64_t count() const { return labels.size(); }
};

// Each reads gzip or plain. Throws DataError "FILE, line N: what is wrong".

/// Numbers separated by commas, semicolons or tabs, whichever comes first; empty lines are passed over. `header`: the
/// first line names the columns. `label` is a column's name, its index from 1, or "last". Infinity and NaN are refused.
Table read_csv(const std::filesystem::path& file, bool header, const std::string& label);

/// `LABEL INDEX:VALUE ...`, indices from 1 and ascending up to `features`, what is not named is 0, `#` starts a comment.
Table read_libsvm(const std::filesystem::path& file, std::uint64_t features);

/// An array of numbers as NumPy writes it (versions 1 to 3): floats of 4 and 8 bytes, integers of 1 to 8, of either byte
/// order, row- or column-major; given row-major.
struct Npy {
    std::vector<std::uint64_t> shape;
    std::vector<double> values;
};
/// Throws DataError that names file and offset.
Npy read_npy(const std::filesystem::path& file);
/// Samples from an array of samples x anything, and their labels from one of as many numbers.
Table read_npy_pair(const std::filesystem::path& samples, const std::filesystem::path& labels);

}  // namespace ulpsim::workloads
