#include "workloads/datasets/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "models/arithmetic/error.hpp"
#include "tests/unit/workloads/idx_files.hpp"

namespace ulpsim::workloads {
namespace {

using idx_files::Bytes;
using idx_files::Folder;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class TableTest : public ::testing::Test {
protected:
    std::filesystem::path file(const std::string& name, const std::string& text) {
        idx_files::write(folder / name, Bytes(text.begin(), text.end()));
        return folder / name;
    }
    template <class Read>
    static std::string error_of(const Read& read) {
        try {
            read();
        } catch (const DataError& error) {
            return error.what();
        }
        return "no error";
    }
    Folder folder{::testing::UnitTest::GetInstance()->current_test_info()->name()};
};

TEST_F(TableTest, ACsvFileHasItsLabelInTheLastColumnOrWhereItIsSaid) {
    const auto path = file("a.csv", "1,2.5,-3\r\n\r\n4, 5e-1 ,6\n");
    const Table last = read_csv(path, false, "last");
    EXPECT_EQ(last.features, 2U);
    EXPECT_THAT(last.values, ElementsAre(1, 2.5F, 4, 0.5F));
    EXPECT_THAT(last.labels, ElementsAre(-3, 6));
    const Table first = read_csv(path, false, "1");
    EXPECT_THAT(first.values, ElementsAre(2.5F, -3, 0.5F, 6));
    EXPECT_THAT(first.labels, ElementsAre(1, 4));
}

TEST_F(TableTest, ACsvFileWithAHeaderNamesItsLabel) {
    const Table table = read_csv(file("b.csv", "x;\"class\";y\n+1;0;2\n3;1;4"), true, "class");
    EXPECT_THAT(table.values, ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(table.labels, ElementsAre(0, 1));
}

TEST_F(TableTest, ACompressedCsvFileReadsLikeAPlainOne) {
    const std::string text = "1\t2\n3\t4\n";
    idx_files::write(folder / "c.csv.gz", idx_files::compressed(Bytes(text.begin(), text.end())));
    EXPECT_THAT(read_csv(folder / "c.csv.gz", false, "last").labels, ElementsAre(2, 4));
}

TEST_F(TableTest, ADamagedCsvFileIsRefusedWithFileAndLine) {
    const auto refusal = [&](const std::string& text, bool header, const std::string& label) {
        return error_of([&] { read_csv(file("bad.csv", text), header, label); });
    };
    EXPECT_THAT(refusal("1,2\n3,x\n", false, "last"),
                EndsWith("bad.csv, line 2: column 2 is 'x'; allowed: a finite number"));
    EXPECT_THAT(refusal("1,2\n\n3,nan\n", false, "last"), HasSubstr("line 3: column 2 is 'nan'"));
    EXPECT_THAT(refusal("1,2\n3,1e999\n", false, "last"), HasSubstr("line 2: column 2"));
    EXPECT_THAT(refusal("1,2\n3,4,5\n", false, "last"),
                HasSubstr("line 2: it has 3 columns; allowed: the 2 of the first line"));
    EXPECT_THAT(refusal("a,b\n1,2\n", true, "c"),
                HasSubstr("line 1: there is no column c; allowed as label: last, 1 to 2 or a name in this line"));
    EXPECT_THAT(refusal("1,2\n", false, "3"), HasSubstr("there is no column 3; allowed as label: last, 1 to 2"));
    EXPECT_THAT(refusal("1\n2\n", false, "last"), HasSubstr("one column"));
    EXPECT_THAT(refusal("a,b\n", true, "last"), HasSubstr("without a sample"));
    EXPECT_THAT(error_of([&] { read_csv(folder / "none.csv", false, "last"); }), EndsWith("none.csv is missing"));
}

TEST_F(TableTest, ALibsvmFileIsSparse) {
    const Table table = read_libsvm(file("a.svm", "+1 1:0.5 4:-2 # first\n-1\n# nothing\n2 2:1e1\n"), 4);
    EXPECT_EQ(table.features, 4U);
    EXPECT_THAT(table.values, ElementsAre(0.5F, 0, 0, -2, 0, 0, 0, 0, 0, 10, 0, 0));
    EXPECT_THAT(table.labels, ElementsAre(1, -1, 2));
}

TEST_F(TableTest, ADamagedLibsvmFileIsRefusedWithFileAndLine) {
    const auto refusal = [&](const std::string& text) {
        return error_of([&] { read_libsvm(file("bad.svm", text), 4); });
    };
    EXPECT_THAT(refusal("1 1:1\n1 5:1\n"),
                EndsWith("bad.svm, line 2: '5:1' is no INDEX:VALUE; allowed: indices ascending from 1 to 4"));
    EXPECT_THAT(refusal("1 2:1 2:1\n"), HasSubstr("indices ascending from 3 to 4"));
    EXPECT_THAT(refusal("1 0:1\n"), HasSubstr("'0:1'"));
    EXPECT_THAT(refusal("1 1=1\n"), HasSubstr("'1=1' is no INDEX:VALUE"));
    EXPECT_THAT(refusal("1 1:y\n"), HasSubstr("line 1: feature 1 is 'y'"));
    EXPECT_THAT(refusal("one 1:1\n"), HasSubstr("the label is 'one'"));
    EXPECT_THAT(refusal("# nothing\n"), HasSubstr("without a sample"));
}

/// A file as numpy.save writes it: the header padded to a multiple of 64 bytes.
Bytes npy(const std::string& dictionary, const Bytes& data, std::uint8_t version = 1) {
    const std::size_t start = version == 1 ? 10 : 12;
    std::string header = dictionary;
    header.append(63 - (start + header.size()) % 64, ' ').push_back('\n');
    Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', version, 0};
    for (std::size_t i = 8; i < start; ++i) bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * (i - 8))));
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

TEST_F(TableTest, AnNpyFileOfAnyNumericTypeAndOrderGivesItsValuesRowMajor) {
    const auto read = [&](const std::string& dictionary, const Bytes& data, std::uint8_t version = 1) {
        idx_files::write(folder / "a.npy", npy(dictionary, data, version));
        return read_npy(folder / "a.npy");
    };
    const Npy bytes = read("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", {1, 2, 3, 4, 5, 255});
    EXPECT_THAT(bytes.shape, ElementsAre(2, 3));
    EXPECT_THAT(bytes.values, ElementsAre(1, 2, 3, 4, 5, 255));
    EXPECT_THAT(read("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }", {1, 2, 3, 4, 5, 255}).values,
                ElementsAre(1, 3, 5, 2, 4, -1));
    EXPECT_THAT(read("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", {0, 0, 0xc0, 0xbf}, 2).values,
                ElementsAre(-1.5));
    EXPECT_THAT(read("{'descr': '>f8', 'fortran_order': False, 'shape': (), }", {0x3f, 0xf8, 0, 0, 0, 0, 0, 0}).values,
                ElementsAre(1.5));
    EXPECT_THAT(read("{'descr': '>i2', 'fortran_order': False, 'shape': (1,), }", {0xff, 0xfe}, 3).values,
                ElementsAre(-2));
    EXPECT_THAT(read("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", {1, 0, 0, 0, 1, 0, 0, 0}).values,
                ElementsAre(4294967297.0));
}

TEST_F(TableTest, ADamagedNpyFileIsRefusedWithFileAndOffset) {
    const auto refusal = [&](const Bytes& bytes) {
        idx_files::write(folder / "bad.npy", bytes);
        return error_of([&] { read_npy(folder / "bad.npy"); });
    };
    const std::string two = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";
    EXPECT_THAT(refusal({'P', 'K', 3, 4, 0, 0, 0, 0, 0}), HasSubstr("bad.npy is no NPY file"));
    EXPECT_THAT(refusal(npy(two, {1})), HasSubstr("bad.npy is truncated in its data at offset 129"));
    EXPECT_THAT(refusal(npy(two, {1, 2, 3})), HasSubstr("more data than its shape says"));
    EXPECT_THAT(refusal(npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", {})),
                HasSubstr("no plain numbers"));
    EXPECT_THAT(refusal(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", {})),
                HasSubstr("has elements of type '<f2'; allowed: f4, f8, i1 to i8, u1 to u8, b1"));
    EXPECT_THAT(refusal(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999, 99999), }", {})),
                HasSubstr("declares more than 2147483648 elements"));
    EXPECT_THAT(refusal(npy("{'fortran_order': False, 'shape': (2,), }", {})), HasSubstr("has no 'descr'"));
    EXPECT_THAT(refusal({0x93, 'N', 'U', 'M', 'P', 'Y', 9, 0}), HasSubstr("is of NPY version 9; allowed: 1 to 3"));
}

TEST_F(TableTest, AnNpyPairFlattensTheSamplesAndNeedsALabelForEach) {
    idx_files::write(folder / "x.npy",
                     npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 1), }", {1, 2, 3, 4}));
    idx_files::write(folder / "y.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", {0, 1}));
    const Table table = read_npy_pair(folder / "x.npy", folder / "y.npy");
    EXPECT_EQ(table.features, 2U);
    EXPECT_THAT(table.values, ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(table.labels, ElementsAre(0, 1));
    idx_files::write(folder / "y.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", {0, 1, 0}));
    EXPECT_THAT(error_of([&] { read_npy_pair(folder / "x.npy", folder / "y.npy"); }),
                HasSubstr("y.npy holds 3 labels for the 2 samples of"));
}

}  // namespace
}  // namespace ulpsim::workloads
