#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "models/arithmetic/error.hpp"
#include "workloads/datasets/dataset.hpp"

namespace ulpsim::workloads {
namespace {

/// Reads gzip or plain bytes; every failure names the file and the offset in the uncompressed data.
class Reader {
public:
    explicit Reader(const std::filesystem::path& file) : name_(file.string()) {
        if (!std::filesystem::exists(file)) throw DataError(name_ + " is missing");
        if (!std::filesystem::is_regular_file(file)) throw DataError(name_ + " is not a regular file");
        handle_.reset(gzopen(name_.c_str(), "rb"));
        if (!handle_) throw DataError(name_ + " cannot be opened: " + std::strerror(errno));
    }

    std::uint64_t offset() const { return offset_; }

    /// Up to `count` bytes; fewer at the end of the file.
    std::size_t read(std::uint8_t* bytes, std::size_t count) {
        const int got = gzread(handle_.get(), bytes, static_cast<unsigned>(count));
        int status = Z_OK;
        gzerror(handle_.get(), &status);  // Z_BUF_ERROR: the compressed data end early, with what was got so far
        if (got > 0) offset_ += static_cast<std::uint64_t>(got);
        if (status == Z_BUF_ERROR) fail("is truncated (the compressed data end early)");
        if (got < 0 || status < 0) fail("is damaged (the gzip data or their checksum are wrong)");
        return static_cast<std::size_t>(got);
    }
    void read_all(std::uint8_t* bytes, std::size_t count, const char* what) {
        if (read(bytes, count) != count) fail(std::string("is truncated in ") + what);
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw DataError(name_ + " " + what + " at offset " + std::to_string(offset_));
    }

private:
    struct Close {
        void operator()(gzFile file) const { gzclose(file); }
    };
    std::string name_;
    std::unique_ptr<gzFile_s, Close> handle_;
    std::uint64_t offset_ = 0;
};

std::uint64_t big_endian(const std::array<std::uint8_t, 4>& bytes) {
    return std::uint64_t{bytes[0]} << 24 | std::uint64_t{bytes[1]} << 16 | std::uint64_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

Idx read_idx(const std::filesystem::path& file) {
    Reader reader(file);
    std::array<std::uint8_t, 4> word{};
    reader.read_all(word.data(), word.size(), "its magic number");
    // Two zero bytes, the type (0x08: unsigned bytes), the number of dimensions.
    if (word[0] != 0 || word[1] != 0 || word[2] != 0x08 || word[3] < 1 || word[3] > 4)
        reader.fail("is no IDX file of unsigned bytes (its magic number is wrong)");
    Idx idx;
    idx.sizes.resize(word[3]);
    std::uint64_t total = 1;
    constexpr std::uint64_t largest = std::uint64_t{1} << 32;
    for (std::uint64_t& size : idx.sizes) {
        reader.read_all(word.data(), word.size(), "its sizes");
        size = big_endian(word);
        total *= size;
        if (total > largest) reader.fail("declares more than 4 GiB");
    }
    // In pieces, so that a damaged size does not ask for more memory than there are data.
    constexpr std::uint64_t piece = std::uint64_t{1} << 24;
    while (idx.bytes.size() < total) {
        const std::size_t have = idx.bytes.size();
        const auto wanted = static_cast<std::size_t>(std::min(piece, total - have));
        idx.bytes.resize(have + wanted);
        reader.read_all(idx.bytes.data() + have, wanted, "its data");
    }
    // One byte more: nothing may follow, and zlib compares the checksum only at the end of its stream.
    std::uint8_t beyond = 0;
    if (reader.read(&beyond, 1) != 0) reader.fail("has more data than its sizes say");
    return idx;
}

}  // namespace ulpsim::workloads
