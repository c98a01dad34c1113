#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "models/arithmetic/error.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

constexpr std::uint64_t side = 28, classes = 10;
const std::filesystem::path default_directory = "/usr/share/datasets/fashion-mnist";  // Debian's dataset-fashion-mnist

struct Split {
    Idx images, labels;
    std::uint64_t count() const { return images.sizes[0]; }
};

Split read_split(const std::filesystem::path& directory, const std::string& prefix) {
    const std::filesystem::path images = directory / (prefix + "-images-idx3-ubyte.gz");
    const std::filesystem::path labels = directory / (prefix + "-labels-idx1-ubyte.gz");
    Split split{read_idx(images), read_idx(labels)};
    const std::vector<std::uint64_t>& sizes = split.images.sizes;
    if (sizes.size() != 3 || sizes[1] != side || sizes[2] != side)
        throw DataError(images.string() + " holds no 28 x 28 images (sizes at offset 4)");
    if (split.labels.sizes.size() != 1)
        throw DataError(labels.string() + " holds no list of labels (magic at offset 0)");
    if (split.labels.sizes[0] != sizes[0])
        throw DataError(labels.string() + " holds " + std::to_string(split.labels.sizes[0]) + " labels for " +
                        std::to_string(sizes[0]) + " images (size at offset 4)");
    const auto wrong = std::find_if(split.labels.bytes.begin(), split.labels.bytes.end(),
                                    [](std::uint8_t label) { return label >= classes; });
    if (wrong != split.labels.bytes.end())
        throw DataError(labels.string() + " has label " + std::to_string(*wrong) + " at offset " +
                        std::to_string(8 + (wrong - split.labels.bytes.begin())) + "; allowed: 0 to 9");
    return split;
}

/// What each of the 256 pixel codes becomes.
using PixelValues = std::array<float, 256>;

PixelValues divided_by_255() {
    PixelValues values{};
    for (std::size_t code = 0; code < values.size(); ++code)
        values[code] = static_cast<float>(static_cast<double>(code) / 255);
    return values;
}

/// Mean and deviation are those of all pixels of the training file, also where a run uses only its first images, so
/// that a slice sees the same inputs as the whole (0.2860 and 0.3530 of 255; facts: training 4.4). The sums are exact
/// integers.
PixelValues standardized(const std::vector<std::uint8_t>& pixels) {
    std::uint64_t sum = 0, squares = 0;
    for (const std::uint64_t pixel : pixels) {
        sum += pixel;
        squares += pixel * pixel;
    }
    const auto count = static_cast<double>(pixels.size());
    const double mean = static_cast<double>(sum) / count;
    const double deviation = std::sqrt(static_cast<double>(squares) / count - mean * mean);
    if (!(deviation > 0)) throw DataError("all training pixels are equal: they cannot be standardized");
    PixelValues values{};
    for (std::size_t code = 0; code < values.size(); ++code)
        values[code] = static_cast<float>((static_cast<double>(code) - mean) / deviation);
    return values;
}

Samples first_samples(Split&& split, std::uint64_t count, const PixelValues& values) {
    split.images.bytes.resize(count * side * side);
    split.labels.bytes.resize(count);
    return {.features = side * side,
            .values = {},
            .labels = std::move(split.labels.bytes),
            .codes = std::move(split.images.bytes),
            .code_values = {values.begin(), values.end()}};
}

void check_count(const char* key, std::uint64_t count, std::uint64_t available) {
    if (count < 1 || count > available)
        throw Error(std::string("workload.dataset.") + key + " is " + std::to_string(count) + "; allowed: 1 to " +
                    std::to_string(available));
}

}  // namespace

Dataset load(const FashionMnistConfig& config) {
    // Before the files are read, so that a mistake in the scenario is reported as such when the data are missing too.
    check_count("train_samples", config.train_samples, 60000);
    check_count("test_samples", config.test_samples, 10000);
    const std::filesystem::path directory = config.directory.empty() ? default_directory : config.directory;
    Split train = read_split(directory, "train"), test = read_split(directory, "t10k");
    check_count("train_samples", config.train_samples, train.count());
    check_count("test_samples", config.test_samples, test.count());
    const PixelValues values = config.standardize ? standardized(train.images.bytes) : divided_by_255();
    return {.name = "fashion_mnist",
            .classes = classes,
            .train = first_samples(std::move(train), config.train_samples, values),
            .test = first_samples(std::move(test), config.test_samples, values)};
}

}  // namespace ulpsim::workloads
