#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/arithmetic/error.hpp"
#include "tests/unit/workloads/idx_files.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

using idx_files::Bytes;
using idx_files::Folder;
using testing::HasSubstr;

constexpr std::uint32_t pixels = 28 * 28;

/// Image i has all pixels at 10 i + j mod 3, label i mod 10.
void write_split(const Folder& folder, const std::string& prefix, std::uint32_t images, std::uint32_t labels) {
    Bytes values, classes;
    for (std::uint32_t i = 0; i < images; ++i)
        for (std::uint32_t j = 0; j < pixels; ++j) values.push_back(static_cast<std::uint8_t>(10 * i + j % 3));
    for (std::uint32_t i = 0; i < labels; ++i) classes.push_back(static_cast<std::uint8_t>(i % 10));
    idx_files::write(folder / (prefix + "-images-idx3-ubyte.gz"),
                     idx_files::compressed(idx_files::idx({images, 28, 28}, values)));
    idx_files::write(folder / (prefix + "-labels-idx1-ubyte.gz"),
                     idx_files::compressed(idx_files::idx({labels}, classes)));
}

FashionMnistConfig small(const Folder& folder) {
    return {.directory = folder.path(), .train_samples = 12, .test_samples = 4, .standardize = true};
}

std::string error_of(const DatasetConfig& config) {
    try {
        load(config);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

std::vector<float> values(const Samples& samples) {
    std::vector<float> all, room;
    for (std::uint64_t i = 0; i < samples.count(); ++i) {
        const auto row = samples.row(i, room);
        all.insert(all.end(), row.begin(), row.end());
    }
    return all;
}

TEST(FashionMnist, StandardizesByTheWholeTrainingFile) {
    const Folder folder("fashion_standard");
    write_split(folder, "train", 12, 12);
    write_split(folder, "t10k", 4, 4);
    const Dataset whole = load(small(folder));
    const std::vector<float> pixel_values = values(whole.train);
    ASSERT_EQ(pixel_values.size(), 12 * pixels);
    double sum = 0, squares = 0;
    for (const float value : pixel_values) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
    }
    EXPECT_NEAR(sum / (12 * pixels), 0, 1e-6);  // binary32 values near 1
    EXPECT_NEAR(squares / (12 * pixels), 1, 1e-6);

    FashionMnistConfig slice = small(folder);
    slice.train_samples = 3;
    const Dataset part = load(slice);
    ASSERT_EQ(part.train.count(), 3u);
    EXPECT_TRUE(std::ranges::equal(values(part.train), std::span(pixel_values).first(3 * pixels)));
    EXPECT_EQ(values(part.test), values(whole.test));
}

TEST(FashionMnist, DividesBy255WhenNotStandardized) {
    const Folder folder("fashion_plain");
    write_split(folder, "train", 12, 12);
    write_split(folder, "t10k", 4, 4);
    FashionMnistConfig config = small(folder);
    config.standardize = false;
    const Dataset data = load(config);
    EXPECT_EQ(values(data.train)[11 * pixels + 2], static_cast<float>(112.0 / 255));
    EXPECT_EQ(data.test.labels, (std::vector<std::uint8_t>{0, 1, 2, 3}));
    EXPECT_EQ(data.classes, 10u);
}

TEST(FashionMnist, RefusesLabelsThatDoNotMatchTheImages) {
    const Folder folder("fashion_labels");
    write_split(folder, "train", 12, 11);
    write_split(folder, "t10k", 4, 4);
    EXPECT_THROW(load(small(folder)), DataError);
    EXPECT_THAT(error_of(small(folder)), HasSubstr("holds 11 labels for 12 images"));
}

TEST(FashionMnist, RefusesALabelThatIsNoClass) {
    const Folder folder("fashion_class");
    write_split(folder, "train", 2, 2);
    write_split(folder, "t10k", 4, 4);
    idx_files::write(folder / "train-labels-idx1-ubyte.gz", idx_files::compressed(idx_files::idx({2}, {9, 10})));
    FashionMnistConfig config = small(folder);
    config.train_samples = 2;
    EXPECT_THAT(error_of(config), HasSubstr("label 10 at offset 9"));
}

TEST(FashionMnist, NamesTheKeyOfAnImpossibleCount) {
    const Folder folder("fashion_count");
    write_split(folder, "train", 12, 12);
    write_split(folder, "t10k", 4, 4);
    FashionMnistConfig config = small(folder);
    config.train_samples = 13;
    EXPECT_EQ(error_of(config), "workload.dataset.train_samples is 13; allowed: 1 to 12");
    config.train_samples = 0;
    EXPECT_EQ(error_of(config), "workload.dataset.train_samples is 0; allowed: 1 to 60000");
    config = small(folder);
    config.test_samples = 10001;
    EXPECT_EQ(error_of(config), "workload.dataset.test_samples is 10001; allowed: 1 to 10000");
}

TEST(FashionMnist, SaysWhichFileIsMissing) {
    const Folder folder("fashion_missing");
    EXPECT_THROW(load(small(folder)), DataError);
    EXPECT_THAT(error_of(small(folder)), HasSubstr("train-images-idx3-ubyte.gz is missing"));
}

}  // namespace
}  // namespace ulpsim::workloads
