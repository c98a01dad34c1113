#include "scenarios/program/replay/stream_file.hpp"

#include <zlib.h>

#include <array>
#include <cstdint>
#include <stdexcept>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/results/atomic_file.hpp"

namespace ulpsim::program {
namespace {

const std::string magic = "ulpsim stream 1\n";
constexpr std::size_t head_bytes = 12;

void put(std::string& text, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift);
}

std::uint32_t get(const std::string& text, std::size_t at) {
    std::uint32_t number = 0;
    for (unsigned i = 0; i < 4; ++i) number |= std::uint32_t{static_cast<std::uint8_t>(text[at + i])} << (8 * i);
    return number;
}

std::uint32_t checksum(const std::string& bytes) {
    return static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string packed(const std::string& bytes, Packing packing) {
    uLongf size = compressBound(bytes.size());
    std::string out(size, '\0');
    compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(),
              packing == Packing::small ? Z_DEFAULT_COMPRESSION : Z_NO_COMPRESSION);
    out.resize(size);
    return out;
}

}  // namespace

StreamFile::StreamFile(const std::filesystem::path& file, std::uint64_t keep) : path_(file), size_(keep) {
    std::error_code error;
    if (keep > 0) std::filesystem::resize_file(file, keep, error);  // read_stream has seen that it has so many
    file_.open(file, std::ios::binary | (keep > 0 ? std::ios::app : std::ios::trunc));
    if (keep == 0) append(magic);
}

void StreamFile::write(const std::string& bytes) {
    if (!bytes.empty()) append(block(bytes, Packing::small));
}

void StreamFile::append(const std::string& bytes) {
    file_ << bytes << std::flush;
    size_ += bytes.size();
    if (!file_) throw Error(path_.string() + ": cannot be written; allowed: a folder with room and permission");
}

std::string block(const std::string& bytes, Packing packing) {
    const std::string body = packed(bytes, packing);
    std::string text;
    put(text, static_cast<std::uint32_t>(bytes.size()));
    put(text, static_cast<std::uint32_t>(body.size()));
    put(text, checksum(bytes));
    return text + body;
}

std::string unpacked_blocks(const std::string& text, std::size_t at) {
    std::string bytes;
    while (at < text.size()) {
        if (text.size() - at < head_bytes) throw std::runtime_error("is cut short");
        const std::uint32_t unpacked_bytes = get(text, at), packed_bytes = get(text, at + 4);
        const std::uint32_t expected = get(text, at + 8);
        at += head_bytes;
        if (text.size() - at < packed_bytes) throw std::runtime_error("is cut short");
        std::string piece(unpacked_bytes, '\0');
        uLongf size = unpacked_bytes;
        const int status = uncompress(reinterpret_cast<Bytef*>(piece.data()), &size,
                                      reinterpret_cast<const Bytef*>(text.data() + at), packed_bytes);
        if (status != Z_OK || size != unpacked_bytes || checksum(piece) != expected)
            throw std::runtime_error("is damaged");
        bytes += piece;
        at += packed_bytes;
    }
    return bytes;
}

std::string read_stream(const std::filesystem::path& file, std::uint64_t file_bytes) {
    const auto refuse = [&](const std::string& what) -> std::string {
        throw DataError(file.string() + ": " + what + "; allowed: the stream.bin that `ulpsim run` leaves");
    };
    if (!std::filesystem::exists(file)) refuse("does not exist");
    std::string text = read_file(file);
    if (file_bytes != whole_file && text.size() < file_bytes) refuse("is shorter than its run recorded");
    if (text.size() > file_bytes) text.resize(file_bytes);
    if (!text.starts_with(magic)) refuse("is no operation stream");
    try {
        return unpacked_blocks(text, magic.size());
    } catch (const std::runtime_error& error) {
        return refuse(error.what());
    }
}

}  // namespace ulpsim::program
