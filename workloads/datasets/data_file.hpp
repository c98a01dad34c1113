#pragma once
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace ulpsim::workloads {

/// A file of data, gzip or plain, read from front to back. Throws DataError: every failure names the file and the offset
/// in the uncompressed data.
class DataFile {
public:
    explicit DataFile(const std::filesystem::path& file);

    std::uint64_t offset() const { return offset_; }
    /// Up to `count` bytes; fewer at the end of the file.
    std::size_t read(std::uint8_t* bytes, std::size_t count);
    void read_all(std::uint8_t* bytes, std::size_t count, const char* what);
    /// The whole rest, as text.
    std::string read_text();
    /// Throws "FILE WHAT at offset N".
    [[noreturn]] void fail(const std::string& what) const;

private:
    struct Close {
        void operator()(gzFile file) const { gzclose(file); }
    };
    std::string name_;
    std::unique_ptr<gzFile_s, Close> handle_;
    std::uint64_t offset_ = 0;
};

}  // namespace ulpsim::workloads
