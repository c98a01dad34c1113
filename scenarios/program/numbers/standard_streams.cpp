#include "scenarios/program/numbers/standard_streams.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "models/arithmetic/error.hpp"

namespace ulpsim::program {

void write_out(std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t count = write(STDOUT_FILENO, text.data() + at, text.size() - at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error(std::string("standard output cannot be written: ") + std::strerror(errno));
        at += static_cast<std::size_t>(count);
    }
    text.clear();
}

NumberReader::Source standard_input(std::string& out) {
    return [&out](char* to, std::size_t most) {
        write_out(out);
        while (true) {
            const ssize_t count = read(STDIN_FILENO, to, most);
            if (count >= 0) return static_cast<std::size_t>(count);
            if (errno != EINTR) throw Error(std::string("standard input cannot be read: ") + std::strerror(errno));
        }
    };
}

void answer(NumberReader::Random random, const std::function<void(NumberReader& reader, std::string& out)>& body) {
    std::string out;
    NumberReader reader(standard_input(out), random);
    try {
        body(reader, out);
    } catch (const Error&) {
        write_out(out);
        throw;
    }
    write_out(out);
}

}  // namespace ulpsim::program
