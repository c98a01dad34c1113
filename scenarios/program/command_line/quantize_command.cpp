#include <array>

#include <cmath>

#include "models/arithmetic/mx_block.hpp"
#include "models/arithmetic/terms.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/number_options.hpp"
#include "scenarios/program/numbers/number_reader.hpp"
#include "scenarios/program/numbers/parse_number.hpp"
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
    double scale = 1;  ///< of int: a stored whole number stands for so much
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
        // The quotient by a scale that is no power of two is a binary64 number, rounded to nearest even.
        stored[0] = round_to(q.format, q.rounding, line.values[0] / q.scale, random);
    }
    append_values_and_bits(out, q.format, stored, q.scale);
}

/// The line's numbers as one mx block; `element` is the index of its first number.
void quantize_block(const Quantization& q, const NumberLine& line, std::uint64_t element, std::string& out) {
    if (line.size() > q.format.block)
        fail_at(line.line, line.columns[q.format.block],
                std::to_string(line.size()) + " numbers on the line; allowed: a block of 1 to " +
                    std::to_string(q.format.block) + " with " + name(q.format));
    std::vector<std::uint32_t> random(line.size());
    for (std::size_t i = 0; i < random.size(); ++i) random[i] = random_integer(q, line, element + i);
    std::vector<double> elements(line.size());
    const std::uint8_t scale = quantise_block(q.format, q.rounding, std::span(line.values), random, elements);
    append_block(out, q.format, scale, elements);
}

double read_scale(const std::string& text) {
    const double scale = parse_number(text);
    if (!(scale > 0) || !std::isfinite(scale))
        throw Error("--scale is " + in_quotes(text) + "; allowed: a number above 0");
    return scale;
}

Quantization read_quantization(const Arguments& arguments) {
    Quantization q{
        .format = required_format(arguments, "format"),
        .rounding = parsed_option(arguments, "rounding", arithmetic::parse_rounding).value_or(arithmetic::rne),
        .key = random_key(arguments)};
    if (const auto scale = text_option(arguments, "scale")) {
        if (q.format.kind != arithmetic::FormatKind::integer)
            throw Error("--scale is given with " + name(q.format) + "; allowed: with intW only");
        q.scale = read_scale(*scale);
    }
    return q;
}

}  // namespace

Syntax quantize_syntax() {
    Syntax syntax{
        .usage = "quantize --format F [--rounding R] [--scale S] [--seed N]",
        .purpose =
            "Rounds the numbers of standard input to a format, one (of mx: one block) a line; prints VALUES | BITS.",
        .options = po::options_description("options"),
        .details =
            "Read, one number a line, for mx(FORMAT,B) one block of up to B:\n"
            "  a C hex float (0x1.8p+3, with its p, of at most 53 significant bits), a decimal (read to the nearest\n"
            "  binary64), inf, -inf or nan. A literal that overflows or underflows binary64 is an error. An optional\n"
            "  @ R behind it is the random integer of srN or srcN for that line, below 2^N. Empty lines and lines "
            "that\n"
            "  start with # are passed over.\n\n"
            "Printed, a line each:\n"
            "  the value as C's %a (inf, -inf, nan), then its pattern as 0x and hex digits by the width; for\n"
            "  exp(FORMAT,N) the N terms, with S in their true magnitudes, then the N stored patterns; for mx the\n"
            "  scaled values, then the scale's pattern and the elements'.\n\n"
            "--scale S, of intW only: a stored whole number stands for S times as much. What is rounded is the\n"
            "  number / S in binary64; the value printed is the whole number * S in binary64.\n\n"
            "Random bits without @ R: operation 0, element the number's index from 0, k 0, stream 4 of the seed.\n"
            "An @ R counts for every number of a block.\n"
            "In exp(FORMAT,N) the rounding is that of the last term; the others are rounded to nearest even.\n\n"
            "Examples:\n"
            "  echo 0.1 | ulpsim quantize --format e4m3fn\n"
            "  echo '460 @ 10' | ulpsim quantize --format e4m3fn:sat --rounding sr4\n"
            "  echo 3.14159265358979 | ulpsim quantize --format 'exp(bf16,3)'\n"
            "  echo 3.7 | ulpsim quantize --format int8 --scale 0.0625\n"
            "  echo '7 3 -0.5 0.25' | ulpsim quantize --format 'mx(e2m1fn,32)'\n"};
    add_text_options(syntax.options, {{"format", "F", "the format; ulpsim formats lists the well-known ones"},
                                      {"rounding", "R", "rne (default), rna, rtz, rup, rdn, rto, srN, srcN"},
                                      {"scale", "S", "of intW: what 1 stands for (default 1)"},
                                      {"seed", "N", "of the random bits of srN and srcN (default 1)"}});
    return syntax;
}

int quantize_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Quantization q = naming_the_command("quantize", [&] { return read_quantization(arguments); });
    answer(NumberReader::Random::allowed, [&](NumberReader& reader, std::string& out) {
        NumberLine line;
        for (std::uint64_t element = 0; reader.next(line); element += line.size())
            q.format.is_mx() ? quantize_block(q, line, element, out) : quantize_number(q, line, element, out);
    });
    return exit_done;
}

}  // namespace ulpsim::program
