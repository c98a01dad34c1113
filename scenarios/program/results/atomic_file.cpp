#include "scenarios/program/results/atomic_file.hpp"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "models/arithmetic/error.hpp"

namespace ulpsim::program {

void write_file(const std::filesystem::path& file, const std::string& text) {
    std::error_code error;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), error);
    const std::filesystem::path part = file.string() + ".part";
    std::ofstream stream(part, std::ios::binary | std::ios::trunc);
    stream << text;
    stream.close();
    if (stream) std::filesystem::rename(part, file, error);
    if (!stream || error)
        throw Error(file.string() + ": cannot be written; allowed: a folder with room and permission");
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (stream) text << stream.rdbuf();
    return text.str();
}

std::string digest(const std::filesystem::path& file) { return digest_of(read_file(file)); }

std::string digest_of(const std::string& text) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    return digits;
}

}  // namespace ulpsim::program
