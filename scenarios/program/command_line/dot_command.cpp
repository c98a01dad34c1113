#include <charconv>
#include <cmath>
#include <limits>

#include "models/arithmetic/dot.hpp"
#include "models/arithmetic/expansion_arithmetic.hpp"
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
using arithmetic::Dot;
using arithmetic::Format;
using arithmetic::Order;

constexpr std::uint64_t longest = std::numeric_limits<std::uint32_t>::max();

struct Job {
    Dot dot;
    bool start = false;     ///< lines in threes
    bool quantize = false;  ///< numbers that a format lacks are rounded, not refused
    arithmetic::RandomKey key;
};

/// N,G with G a whole number or `exact`.
void read_align(const std::string& text, Dot& dot) {
    const auto wrong = [&] {
        return Error("--align is " + in_quotes(text) +
                     "; allowed: N,G with N of 1 to 4294967295 products and G guard bits (16,2) or exact (4,exact)");
    };
    const char *first = text.data(), *last = text.data() + text.size();
    const auto [comma, error] = std::from_chars(first, last, dot.length);
    if (error != std::errc{} || comma == last || *comma != ',' || dot.length == 0) throw wrong();
    dot.guard_exact = std::string_view(comma + 1, last) == "exact";
    if (dot.guard_exact) return;
    const auto [end, guard_error] = std::from_chars(comma + 1, last, dot.guard);
    if (guard_error != std::errc{} || end != last) throw wrong();
}

void read_order(const Arguments& arguments, Dot& dot) {
    const auto chunk = whole_option(arguments, "chunk", 1, longest), tree = whole_option(arguments, "tree", 1, longest);
    const auto align = text_option(arguments, "align");
    const auto outer = parsed_option(arguments, "outer", arithmetic::parse_format);
    if ((chunk ? 1 : 0) + (tree ? 1 : 0) + (align ? 1 : 0) > 1)
        throw Error("more than one of --chunk, --tree and --align is given; allowed: one");
    if (outer && !chunk) throw Error("--outer is given without --chunk; allowed: --chunk N --outer F");
    dot.outer = outer.value_or(dot.accumulator);
    if (chunk || tree) dot.length = static_cast<std::uint32_t>(chunk ? *chunk : *tree);
    dot.order = chunk ? Order::chunk : tree ? Order::tree : align ? Order::align : Order::sequential;
    if (align) read_align(*align, dot);
}

Job read_job(const Arguments& arguments) {
    Job job;
    Dot& dot = job.dot;
    dot.a = required_format(arguments, "a");
    dot.b = required_format(arguments, "b");
    dot.rounding = parsed_option(arguments, "rounding", arithmetic::parse_rounding).value_or(arithmetic::rne);
    if (text_option(arguments, "product").value_or("exact") != "exact")
        dot.product = parsed_option(arguments, "product", arithmetic::parse_format);
    dot.product_rounding = dot.rounding;
    dot.accumulator = parsed_option(arguments, "acc", arithmetic::parse_format).value_or(arithmetic::fp32);
    read_order(arguments, dot);
    if (const auto split = text_option(arguments, "split")) {
        if (*split != "leading" && *split != "all") throw Error("--split is " + *split + "; allowed: leading, all");
        dot.split = *split == "all" ? arithmetic::Split::all : arithmetic::Split::leading;
    }
    check(dot);
    job.start = arguments.contains("start");
    job.quantize = arguments.contains("quantize");
    job.key = random_key(arguments);
    return job;
}

/// The value rounded to the format. What an expansion makes of it has no more than its 53 bits.
double nearest(const Format& format, double value) {
    if (!format.is_expansion()) return round_to(format, arithmetic::rne, value);
    arithmetic::Terms terms{};
    convert_terms(arithmetic::fp64, std::span(&value, 1), 1, format, arithmetic::rne, 0,
                  std::span(terms).first(format.terms));
    return ((terms[3] + terms[2]) + terms[1]) + terms[0];
}

/// Whether the format has the value (any of its zeros for a zero). `:sat` keeps infinities from arising, not from being.
bool holds(Format format, double value) {
    format.saturate = false;
    const double rounded = nearest(format, value);
    return std::isnan(value) ? std::isnan(rounded) : rounded == value;
}

/// The line's numbers in an mx format, block after block.
std::vector<double> in_blocks(const Format& format, const std::vector<double>& values) {
    std::vector<double> result(values.size());
    for (std::size_t first = 0; first < values.size(); first += format.block) {
        const std::size_t size = std::min<std::size_t>(format.block, values.size() - first);
        const std::span<double> block = std::span(result).subspan(first, size);
        const std::uint8_t scale =
            quantise_block(format, arithmetic::rne, std::span(values).subspan(first, size), {}, block);
        for (double& value : block) value *= arithmetic::decode_scale(scale);
    }
    return result;
}

bool is_same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// The line's numbers as values of a format.
void take(const Job& job, const char* what, const Format& format, NumberLine& line) {
    std::vector<double> blocks;
    if (format.is_mx()) blocks = in_blocks(format, line.values);
    for (std::size_t i = 0; i < line.size(); ++i) {
        double& value = line.values[i];
        const bool is_held = format.is_mx() ? is_same_number(blocks[i], value) : holds(format, value);
        if (!job.quantize && !is_held) {
            std::string text;
            append_value(text, value);
            fail_at(line.line, line.columns[i],
                    text + " is not a value of " + what + ", " + name(format) +
                        "; allowed: its values, or --quantize to round to them");
        }
        if (format.is_mx())
            value = blocks[i];
        else if (job.quantize || value == 0)
            value = nearest(format, value);
    }
}

/// The line's numbers, expansions or not, as the factors of the products that the definition adds.
std::vector<double> factors(const Job& job, bool of_a, const NumberLine& line) {
    const Format& format = of_a ? job.dot.a : job.dot.b;
    const std::vector<arithmetic::TermPair> pairs = term_products(job.dot);
    std::vector<double> all;
    for (std::size_t i = 0; i < line.size(); ++i) {
        arithmetic::Terms terms{};
        convert_terms(arithmetic::fp64, std::span(&line.values[i], 1), 1, format, arithmetic::rne, 0,
                      std::span(terms).first(format.terms));
        for (const arithmetic::TermPair& pair : pairs) all.push_back(terms[of_a ? pair.a : pair.b]);
    }
    return all;
}

/// Reads the next line of a group, whose lines stand or fall together.
void need(NumberReader& reader, NumberLine& line, const char* what) {
    if (!reader.next(line))
        fail_at(reader.lines() + 1, 1,
                std::string("the input ends before ") + what + "; allowed: complete groups of lines");
}

double start_value(const Job& job, NumberReader& reader, NumberLine& line) {
    need(reader, line, "the start value of its vectors");
    if (line.size() > 1) fail_at(line.line, line.columns[1], "a second number behind the start value; allowed: one");
    take(job, "the start value", result_format(job.dot), line);
    return line.values[0];
}

void print_dots(const Job& job, NumberReader& reader, std::string& out) {
    NumberLine a, b, c;
    for (std::uint64_t element = 0; reader.next(a); ++element) {
        take(job, "a", job.dot.a, a);
        need(reader, b, "the vector b of its vector a");
        if (a.size() != b.size()) {
            fail_at(b.line, 1,
                    "b has " + std::to_string(b.size()) + " numbers, a on line " + std::to_string(a.line) + " has " +
                        std::to_string(a.size()) + "; allowed: as many");
        }
        take(job, "b", job.dot.b, b);
        const double start = job.start ? start_value(job, reader, c) : 0.0;
        const double sum = dot_product(job.dot, factors(job, true, a), factors(job, false, b), start, job.key, element);
        append_values_and_bits(out, result_format(job.dot), std::span(&sum, 1));
    }
}

}  // namespace

Syntax dot_syntax() {
    Syntax syntax{
        .usage =
            "dot --a F --b F [--product exact|F] [--split S] [--acc F] [--rounding R]\n"
            "                  [--chunk N --outer F | --tree N | --align N,G] [--start] [--quantize] [--seed N]",
        .purpose = "Dot products of the vectors of standard input, rounded as the hardware would; prints VALUE | BITS.",
        .options = po::options_description("options"),
        .details =
            "Read: lines in pairs, a's vector and b's vector of as many numbers; with --start in threes, the third\n"
            "  holding the start value C. Numbers are separated by spaces: C hex floats (0x1.8p+3), decimals (read to\n"
            "  the nearest binary64), inf, -inf, nan. The blocks of mx are the line's numbers in order. A number that\n"
            "  the format lacks is an error. Empty lines and lines that start with # are passed over, so there are no\n"
            "  empty vectors.\n\n"
            "Printed, a line a pair: the accumulator's value as C's %a, and its pattern in hex digits by the width.\n\n"
            "Products are added in ascending order with a rounding after every addition, unless\n"
            "  --chunk N    sums N products so from +0, and adds the chunk sums in order in the outer format\n"
            "  --tree N     sums N products by a tree of adjacent pairs, rounded at each node, then adds it\n"
            "  --align N,G  aligns N products and the accumulator to their largest exponent, cuts G bits below the\n"
            "               accumulator's last place (G exact: nowhere), adds exactly and rounds once\n\n"
            "Numbers of an expansion F are split: the products of their terms that --split names are added one by "
            "one,\n"
            "  the smallest first, as if they were numbers of their own.\n\n"
            "Random bits of srN and srcN: operation 0, element the pair's index from 0; streams and k as additions,\n"
            "  products, chunks and nodes have them in a scenario.\n\n"
            "Examples:\n"
            "  printf '1 1 1\\n256 1 1\\n' | ulpsim dot --a bf16 --b bf16 --acc bf16\n"
            "  printf '0.1 0.2\\n3 4\\n' | ulpsim dot --a e4m3fn --b e4m3fn --quantize --align 16,2 --rounding rtz\n"
            "  printf '1 2\\n3 4\\n0.5\\n' | ulpsim dot --a fp16 --b fp16 --acc fp16 --chunk 64 --outer fp32 "
            "--start\n"
            "  printf '0.1\\n0.3\\n' | ulpsim dot --a 'exp(bf16,2)' --b 'exp(bf16,2)' --quantize --split all\n"};
    add_text_options(
        syntax.options,
        {{"a", "F", "format of a"},
         {"b", "F", "format of b"},
         {"product", "F", "exact (default), or the format that each product is rounded to"},
         {"acc", "F", "format of the accumulator (default fp32)"},
         {"split", "S", "products of the terms of expansions: leading (default, i + j < N) or all"},
         {"rounding", "R", "of additions and rounded products: rne (default), rna, rtz, rup, rdn, rto, srN, srcN"},
         {"chunk", "N", "products of a chunk"},
         {"outer", "F", "format in which chunk sums are added (default: the accumulator's)"},
         {"tree", "N", "products of a tree"},
         {"align", "N,G", "products of an aligned group, and guard bits or exact"},
         {"seed", "N", "of the random bits of srN and srcN (default 1)"}});
    syntax.options.add_options()("start", "lines come in threes: a, b, and the start value in the result's format")(
        "quantize", "round numbers that the formats lack to nearest even first");
    return syntax;
}

int dot_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Job job = naming_the_command("dot", [&] { return read_job(arguments); });
    answer(NumberReader::Random::refused,
           [&](NumberReader& reader, std::string& out) { print_dots(job, reader, out); });
    return exit_done;
}

}  // namespace ulpsim::program
