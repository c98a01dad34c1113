#include "workloads/datasets/data_file.hpp"

#include <cerrno>
#include <cstring>

#include "models/arithmetic/error.hpp"

namespace ulpsim::workloads {

DataFile::DataFile(const std::filesystem::path& file) : name_(file.string()) {
    if (!std::filesystem::exists(file)) throw DataError(name_ + " is missing");
    if (!std::filesystem::is_regular_file(file)) throw DataError(name_ + " is not a regular file");
    handle_.reset(gzopen(name_.c_str(), "rb"));
    if (!handle_) throw DataError(name_ + " cannot be opened: " + std::strerror(errno));
}

std::size_t DataFile::read(std::uint8_t* bytes, std::size_t count) {
    const int got = gzread(handle_.get(), bytes, static_cast<unsigned>(count));
    int status = Z_OK;
    gzerror(handle_.get(), &status);  // Z_BUF_ERROR: the compressed data end early, with what was got so far
    if (got > 0) offset_ += static_cast<std::uint64_t>(got);
    if (status == Z_BUF_ERROR) fail("is truncated (the compressed data end early)");
    if (got < 0 || status < 0) fail("is damaged (the gzip data or their checksum are wrong)");
    return static_cast<std::size_t>(got);
}

void DataFile::read_all(std::uint8_t* bytes, std::size_t count, const char* what) {
    if (read(bytes, count) != count) fail(std::string("is truncated in ") + what);
}

std::string DataFile::read_text() {
    std::string text;
    constexpr std::size_t piece = std::size_t{1} << 20;
    for (std::size_t got = piece; got == piece;) {
        const std::size_t have = text.size();
        text.resize(have + piece);
        got = read(reinterpret_cast<std::uint8_t*>(text.data()) + have, piece);
        text.resize(have + got);
    }
    return text;
}

void DataFile::fail(const std::string& what) const {
    throw DataError(name_ + " " + what + " at offset " + std::to_string(offset_));
}

}  // namespace ulpsim::workloads
