#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "tests/unit/workloads/idx_files.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::ThrowsMessage;

class SampleFiles : public ::testing::Test {
protected:
    std::filesystem::path file(const std::string& name, const std::string& text) {
        idx_files::write(folder / name, idx_files::Bytes(text.begin(), text.end()));
        return folder / name;
    }
    CsvConfig csv(const std::string& train, const std::string& test, std::uint64_t classes) {
        CsvConfig config;
        config.train = file("train.csv", train);
        if (!test.empty()) config.test = file("test.csv", test);
        config.classes = classes;
        return config;
    }
    idx_files::Folder folder{::testing::UnitTest::GetInstance()->current_test_info()->name()};
};

TEST_F(SampleFiles, MakeClassesOfWhateverLabelsThereAre) {
    const Dataset data = load(csv("1,2,7\n3,4,-1\n5,6,7\n", "0,0,-1\n", 2));
    EXPECT_EQ(data.name, "csv");
    EXPECT_EQ(data.classes, 2u);
    EXPECT_THAT(data.train.values, ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(data.train.labels, ElementsAre(1, 0, 1));
    EXPECT_THAT(data.test.labels, ElementsAre(0));
}

TEST_F(SampleFiles, OfNoClassesAreARegression) {
    LibsvmConfig config;
    config.train = file("a.svm", "0.5 1:2\n-1.25 3:4\n");
    config.features = 3;
    const Dataset data = load(config);
    EXPECT_TRUE(data.is_regression());
    EXPECT_THAT(data.train.targets, ElementsAre(0.5, -1.25));
    EXPECT_THAT(data.train.values, ElementsAre(2, 0, 0, 0, 0, 4));
    EXPECT_EQ(data.test.count(), 0u);
}

/// Mean 3 and deviation 2 of the first feature; the second never changes.
TEST_F(SampleFiles, AreStandardizedByTheTrainingSamples) {
    CsvConfig config = csv("1,9,0\n5,9,0\n", "7,8,1\n", 0);
    config.standardize = true;
    const Dataset data = load(config);
    EXPECT_THAT(data.train.values, ElementsAre(-1, 0, 1, 0));
    EXPECT_THAT(data.test.values, ElementsAre(2, 0));
}

TEST_F(SampleFiles, ThatDoNotFitAreRefused) {
    const auto refused = [](const CsvConfig& config, const std::string& end) {
        EXPECT_THAT([&] { load(config); }, ThrowsMessage<DataError>(EndsWith(end)));
    };
    refused(csv("1,2\n3,4\n5,6\n", "", 2),
            "train.csv holds 3 different labels; allowed: the 2 of workload.dataset.classes (0: a regression)");
    refused(csv("1,0\n2,1\n", "3,2\n", 2), "test.csv holds the label 2.000000, which the training samples lack");
    refused(csv("1,0\n2,1\n", "3,3,0\n", 2), "train.csv");
    refused(csv("1,0\n1e39,1\n", "", 2), "train.csv holds a value beyond binary32 in sample 2");
}

}  // namespace
}  // namespace ulpsim::workloads
