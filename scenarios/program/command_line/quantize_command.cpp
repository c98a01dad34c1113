#include <array>

#include "models/arithmetic/terms.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/number_options.hpp"
#include "scenarios/program/numbers/number_reader.hpp"
#include "scenarios/program/numbers/standard_streams.hpp"
#include "scenarios/program/numbers/values_and_bits.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;
using arithmetic::Format;
using arithmetic::Rounding;

struct Quantization {
    Format format;
    Rounding rounding;
    arithmetic::RandomKey key;
};

/// The random integer of a line's number: R of `@ R`, or a draw.
std::uint32_t random_integer(const Quantization& q, const NumberLine& line, std::uint64_t element) {
    const std::uint64_t most = (std::uint64_t{1} << q.rounding.random_bits) - 1;
    if (line.random) {
        if (*line.random > most) {
            const std::string allowed = q.rounding.is_stochastic() ? "0 to " + std::to_string(most) : "0";
            fail_at(line.line, line.random_column,
                    "the random integer is " + std::to_string(*line.random) + "; allowed: " + allowed + " with " +
                        name(q.rounding));
        }
        return static_cast<std::uint32_t>(*line.random);
    }
    if (!q.rounding.is_stochastic()) return 0;
    return arithmetic::random_bits(q.key, element, 0, arithmetic::Stream::other, q.rounding.random_bits);
}

/// The line's one number as the format's stored terms.
void quantize_number(const Quantization& q, const NumberLine& line, std::uint64_t element, std::string& out) {
    if (line.size() > 1) fail_at(line.line, line.columns[1], "a second number on the line; allowed: one");
    const std::uint32_t random = random_integer(q, line, element);
    std::array<double, 4> storage{};
    const std::span<double> stored(storage.data(), q.format.terms);
    if (q.format.is_expansion()) {
        arithmetic::ExactSum value;
        value.add(arithmetic::exact(line.values[0]));
        round_terms(q.format, q.rounding, value, random, stored);
    } else {
        stored[0] = round_to(q.format, q.rounding, line.values[0], random);
    }
    append_values_and_bits(out, q.format, stored);
}

}  // namespace

Syntax quantize_syntax() {
    Syntax syntax{
        .usage = "quantize --format F [--rounding R] [--seed N]",
        .purpose = "Rounds the numbers of standard input to a format, one a line, and prints VALUES | BITS.",
        .options = po::options_description("options"),
        .details =
            "Read, one number a line:\n"
            "  a C hex float (0x1.8p+3, with its p, of at most 53 significant bits), a decimal (read to the nearest\n"
            "  binary64), inf, -inf or nan. A literal that overflows or underflows binary64 is an error. An optional\n"
            "  @ R behind it is the random integer of srN or srcN for that line, below 2^N. Empty lines and lines "
            "that\n"
            "  start with # are passed over.\n\n"
            "Printed, a line each:\n"
            "  the value as C's %a (inf, -inf, nan), then its pattern as 0x and hex digits by the width; for\n"
            "  exp(FORMAT,N) the N terms, with S in their true magnitudes, then the N stored patterns.\n\n"
            "Random bits without @ R: operation 0, element the number's index from 0, k 0, stream 4 of the seed.\n"
            "In exp(FORMAT,N) the rounding is that of the last term; the others are rounded to nearest even.\n\n"
            "Examples:\n"
            "  echo 0.1 | ulpsim quantize --format e4m3fn\n"
            "  echo '460 @ 10' | ulpsim quantize --format e4m3fn:sat --rounding sr4\n"
            "  echo 3.14159265358979 | ulpsim quantize --format 'exp(bf16,3)'\n"};
    add_text_options(syntax.options, {{"format", "F", "the format; ulpsim formats lists the well-known ones"},
                                      {"rounding", "R", "rne (default), rna, rtz, rup, rdn, rto, srN, srcN"},
                                      {"seed", "N", "of the random bits of srN and srcN (default 1)"}});
    return syntax;
}

int quantize_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Quantization q = naming_the_command("quantize", [&] {
        return Quantization{required_format(arguments, "format"),
                            parsed_option(arguments, "rounding", arithmetic::parse_rounding).value_or(arithmetic::rne),
                            random_key(arguments)};
    });
    answer(NumberReader::Random::allowed, [&](NumberReader& reader, std::string& out) {
        NumberLine line;
        for (std::uint64_t element = 0; reader.next(line); ++element) quantize_number(q, line, element, out);
    });
    return exit_done;
}

}  // namespace ulpsim::program
