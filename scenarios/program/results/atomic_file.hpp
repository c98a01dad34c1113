#pragma once
#include <filesystem>
#include <string>

namespace ulpsim::program {

/// Writes beside the file and renames, so that a reader sees the old contents or the new, never half. Makes the
/// folders. Throws Error when it cannot.
void write_file(const std::filesystem::path& file, const std::string& text);

/// The whole file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& file);

/// FNV-1a of a text, 16 hex digits: tells whether two are the same, nothing more.
std::string digest_of(const std::string& text);
/// The same of a file's bytes.
std::string digest(const std::filesystem::path& file);

}  // namespace ulpsim::program
