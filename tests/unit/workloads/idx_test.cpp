#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/arithmetic/error.hpp"
#include "tests/unit/workloads/idx_files.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

using idx_files::Bytes;
using idx_files::Folder;
using testing::HasSubstr;

Bytes noise(std::size_t count) {  // incompressible, so that gzip keeps it near its length
    Bytes bytes(count);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    return bytes;
}

std::string error_of(const std::filesystem::path& file) {
    try {
        read_idx(file);
    } catch (const DataError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Idx, ReadsPlainAndCompressedFilesAlike) {
    const Folder folder("idx_reads");
    const Bytes data = noise(2 * 3 * 4);
    const Bytes file = idx_files::idx({2, 3, 4}, data);
    idx_files::write(folder / "plain", file);
    idx_files::write(folder / "packed.gz", idx_files::compressed(file));
    for (const char* name : {"plain", "packed.gz"}) {
        const Idx idx = read_idx(folder / name);
        EXPECT_EQ(idx.sizes, (std::vector<std::uint64_t>{2, 3, 4})) << name;
        EXPECT_EQ(idx.bytes, data) << name;
    }
}

TEST(Idx, RefusesEveryTruncationOfAPlainFile) {
    const Folder folder("idx_plain");
    const Bytes file = idx_files::idx({5, 2}, noise(10));
    for (std::size_t length = 0; length < file.size(); ++length) {
        idx_files::write(folder / "cut", Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)));
        EXPECT_THAT(error_of(folder / "cut"), HasSubstr("truncated")) << length;
        EXPECT_THAT(error_of(folder / "cut"), HasSubstr("at offset " + std::to_string(length)));
    }
}

TEST(Idx, RefusesEveryTruncationOfACompressedFile) {
    const Folder folder("idx_gz");
    const Bytes file = idx_files::compressed(idx_files::idx({300}, noise(300)));
    for (std::size_t length = 0; length < file.size(); ++length) {
        idx_files::write(folder / "cut.gz", Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)));
        const std::string error = error_of(folder / "cut.gz");
        EXPECT_THAT(error, HasSubstr("cut.gz is truncated")) << length;
        EXPECT_THAT(error, HasSubstr("offset")) << length;
    }
}

TEST(Idx, RefusesADamagedChecksum) {
    const Folder folder("idx_crc");
    const Bytes file = idx_files::compressed(idx_files::idx({300}, noise(300)));
    for (std::size_t back = 1; back <= 8; ++back) {  // CRC-32, then the length
        Bytes damaged = file;
        damaged[damaged.size() - back] ^= 1;
        idx_files::write(folder / "damaged.gz", damaged);
        EXPECT_THAT(error_of(folder / "damaged.gz"), HasSubstr("damaged")) << back;
    }
}

TEST(Idx, RefusesDamagedCompressedData) {
    const Folder folder("idx_damaged");
    Bytes file = idx_files::compressed(idx_files::idx({300}, noise(300)));
    file[file.size() / 2] ^= 0x10;
    idx_files::write(folder / "damaged.gz", file);
    EXPECT_THAT(error_of(folder / "damaged.gz"), HasSubstr("damaged"));
}

TEST(Idx, RefusesAWrongMagicNumber) {
    const Folder folder("idx_magic");
    for (std::size_t byte = 0; byte < 4; ++byte) {
        Bytes file = idx_files::idx({4}, noise(4));
        file[byte] ^= 0x40;
        idx_files::write(folder / "magic", file);
        EXPECT_THAT(error_of(folder / "magic"), HasSubstr("magic number is wrong")) << byte;
    }
}

TEST(Idx, RefusesMoreDataThanItsSizesSay) {
    const Folder folder("idx_more");
    idx_files::write(folder / "more", idx_files::idx({4}, noise(5)));
    EXPECT_THAT(error_of(folder / "more"), HasSubstr("more data"));
}

TEST(Idx, RefusesSizesThatNoMemoryHolds) {
    const Folder folder("idx_sizes");
    idx_files::write(folder / "huge", idx_files::idx({0xffffffff, 0xffffffff, 0xffffffff}, noise(5)));
    EXPECT_THAT(error_of(folder / "huge"), HasSubstr("declares more than 4 GiB"));
    idx_files::write(folder / "large", idx_files::idx({0xffffffff}, noise(5)));
    EXPECT_THAT(error_of(folder / "large"), HasSubstr("truncated"));
}

TEST(Idx, NamesAFileThatIsNotThere) {
    const Folder folder("idx_missing");
    EXPECT_THAT(error_of(folder / "nowhere.gz"), HasSubstr("nowhere.gz is missing"));
    EXPECT_THAT(error_of(folder.path()), HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace ulpsim::workloads
