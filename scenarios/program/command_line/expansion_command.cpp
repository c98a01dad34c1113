#include <cmath>
#include <cstdio>
#include <optional>

#include "models/arithmetic/expansion.hpp"
#include "models/arithmetic/expansion_arithmetic.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/number_options.hpp"
#include "scenarios/program/numbers/number_reader.hpp"
#include "scenarios/program/numbers/parse_number.hpp"
#include "scenarios/program/numbers/standard_streams.hpp"
#include "scenarios/program/numbers/values_and_bits.hpp"
#include "scenarios/program/reader/suggestion.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;
using arithmetic::ExpansionArithmetic;
using arithmetic::Format;
using arithmetic::Terms;

/// Exactly one of the functions is set, which says how many lines belong together and whether they hold terms.
struct Operation {
    const char* name;
    Terms (ExpansionArithmetic::*of_values)(std::span<const double>) = nullptr;
    Terms (ExpansionArithmetic::*of_one)(const Terms&) = nullptr;
    Terms (ExpansionArithmetic::*of_two)(const Terms&, const Terms&) = nullptr;
    Terms (ExpansionArithmetic::*of_vectors)(std::span<const double>, std::span<const double>) = nullptr;
};
constexpr Operation operations[] = {{.name = "renormalize", .of_values = &ExpansionArithmetic::renormalize},
                                    {.name = "add", .of_two = &ExpansionArithmetic::add},
                                    {.name = "sub", .of_two = &ExpansionArithmetic::subtract},
                                    {.name = "mul", .of_two = &ExpansionArithmetic::multiply},
                                    {.name = "div", .of_two = &ExpansionArithmetic::divide},
                                    {.name = "sqrt", .of_one = &ExpansionArithmetic::square_root},
                                    {.name = "dot", .of_vectors = &ExpansionArithmetic::dot}};

struct Job {
    Operation operation;
    Format format;
};

Operation read_operation(const Words& words) {
    std::vector<std::string> known;
    for (const Operation& operation : operations) {
        if (!words.empty() && words.front() == operation.name) return operation;
        known.emplace_back(operation.name);
    }
    if (words.empty()) throw Error("an operation is missing; allowed: " + join(known));
    throw Error(in_quotes(words.front()) + " is not an operation; allowed: " + join(known) +
                did_you_mean(words.front(), known));
}

Format read_expansion(const Arguments& arguments) {
    const Format base = required_format(arguments, "base");
    if (base.is_expansion())
        throw Error("--base is " + name(base) + "; allowed: the format of one term, such as bf16, with --terms N");
    const auto terms = whole_option(arguments, "terms", 2, arithmetic::most_terms);
    if (!terms) throw Error("--terms is missing; allowed: 2 to 4");
    const std::uint64_t step = whole_option(arguments, "step", 0, 255).value_or(0);
    try {
        return arithmetic::parse_format("exp(" + name(base) + "," + std::to_string(*terms) + "," +
                                        std::to_string(step) + ")");
    } catch (const Error& error) {
        throw Error("--base: " + std::string(error.what()));
    }
}

/// Whether one of the terms can hold the value; only the first one can without a step.
bool is_a_term(const Format& format, double value) {
    for (std::size_t i = 0; i < format.terms; ++i) {
        const double held = round_to(term_format(format, i), arithmetic::rne, value);
        if (std::isnan(value) ? std::isnan(held) : held == value) return true;
    }
    return false;
}

void check_terms(const Job& job, const NumberLine& line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (is_a_term(job.format, line.values[i])) continue;
        std::string text;
        append_value(text, line.values[i]);
        fail_at(line.line, line.columns[i],
                text + " is not a value of a term of " + name(job.format) +
                    "; allowed: such values (ulpsim quantize finds them)");
    }
}

void need(const Job& job, NumberReader& reader, NumberLine& line) {
    if (!reader.next(line))
        fail_at(reader.lines() + 1, 1,
                std::string("the input ends before the second operand of ") + job.operation.name +
                    "; allowed: complete pairs of lines");
    check_terms(job, line);
}

/// A line's terms, normalised: exact, for there are no more of them than the expansion has.
Terms operand(const Job& job, ExpansionArithmetic& arithmetic, const NumberLine& line) {
    if (line.size() > job.format.terms)
        fail_at(line.line, line.columns[job.format.terms],
                "more than " + std::to_string(job.format.terms) +
                    " terms on the line; allowed: as many as --terms says, or fewer");
    return arithmetic.renormalize(line.values);
}

Terms result(const Job& job, ExpansionArithmetic& arithmetic, NumberReader& reader, const NumberLine& first,
             NumberLine& second) {
    const Operation& operation = job.operation;
    check_terms(job, first);
    if (operation.of_values != nullptr) return (arithmetic.*operation.of_values)(first.values);
    if (operation.of_one != nullptr) return (arithmetic.*operation.of_one)(operand(job, arithmetic, first));
    need(job, reader, second);
    if (operation.of_two != nullptr) {
        const Terms x = operand(job, arithmetic, first), y = operand(job, arithmetic, second);
        return (arithmetic.*operation.of_two)(x, y);
    }
    if (first.size() != second.size())
        fail_at(second.line, 1,
                "the second vector has " + std::to_string(second.size()) + " numbers, the first on line " +
                    std::to_string(first.line) + " has " + std::to_string(first.size()) + "; allowed: as many");
    return (arithmetic.*operation.of_vectors)(first.values, second.values);
}

void print_results(const Job& job, ExpansionArithmetic& arithmetic, NumberReader& reader, std::string& out) {
    NumberLine first, second;
    while (reader.next(first)) {
        Terms terms = result(job, arithmetic, reader, first, second);
        for (int i = 0; i < job.format.terms; ++i) {  // as they are stored
            double& term = terms[static_cast<std::size_t>(i)];
            term = std::ldexp(term, job.format.term_step * i);
        }
        append_values_and_bits(out, job.format, std::span(terms.data(), job.format.terms));
    }
}

}  // namespace

Syntax expansion_syntax() {
    Syntax syntax{
        .usage = "expansion OP --base F --terms N [--step S]",
        .purpose =
            "Operations on expansions (unevaluated sums of 2 to 4 values of a base format) by base operations alone,\n"
            "each rounded to nearest even. OP: renormalize, add, sub, mul, div, sqrt, dot. Prints VALUES | BITS.",
        .options = po::options_description("options"),
        .positional = "OP",
        .most_positional = 1,
        .details =
            "Read, one operand a line:\n"
            "  its terms, largest first, fewer than N if the rest is zero; values of the base format, with --step in\n"
            "  their true magnitudes. Operands of add, sub, mul and div are pairs of lines. renormalize takes any\n"
            "  values in any order, dot a pair of vectors of the base format. Numbers are C hex floats (0x1.8p+3),\n"
            "  decimals (read to the nearest binary64), inf, -inf, nan. Empty lines and lines that start with # are\n"
            "  passed over. Operands whose terms overlap are renormalised first, which is exact.\n\n"
            "Printed, a line each: the N terms of the result as C's %a, then their stored patterns.\n\n"
            "Error, in units of 2^(-N p), p the base format's bits of precision, while nothing overflows or "
            "underflows:\n"
            "  two terms: add, sub 3, mul 5, div 15, sqrt 3.125 (proved for p of 3, 6, 7 and 5 on); three and four\n"
            "  terms: add, sub 2^N (1 is seen), mul, div and sqrt more (seen: mul 40 and 120, div 30 and 85, sqrt 4).\n"
            "  Products whose error term is smaller than the smallest value of the base format lose it: a line on\n"
            "  standard error counts the base operations that did.\n\n"
            "Examples:\n"
            "  printf '1 0x1p-9\\n-1\\n' | ulpsim expansion add --base bf16 --terms 2\n"
            "  printf '1\\n3\\n' | ulpsim expansion div --base e5m2 --terms 4\n"
            "  echo '0x1p-20 1 0x1p-10 -1' | ulpsim expansion renormalize --base bf16 --terms 3\n"
            "  printf '0.140625\\n0.140625\\n' | ulpsim expansion mul --base e4m3fn --terms 2 --step 4\n"};
    add_text_options(syntax.options,
                     {{"base", "F", "format of a term, without :sat and :nosub"},
                      {"terms", "N", "2 to 4"},
                      {"step", "S", "term i carries an implicit factor 2^(-S i), i from 0 (default 0)"}});
    return syntax;
}

int expansion_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    const Job job = naming_the_command("expansion", [&] {
        return Job{read_operation(positional(arguments, syntax)), read_expansion(arguments)};
    });
    ExpansionArithmetic arithmetic(job.format);
    answer(NumberReader::Random::refused,
           [&](NumberReader& reader, std::string& out) { print_results(job, arithmetic, reader, out); });
    if (arithmetic.underflows() > 0)
        std::fprintf(stderr, "ulpsim expansion: %llu base operations underflowed; their results hold fewer bits\n",
                     static_cast<unsigned long long>(arithmetic.underflows()));
    return exit_done;
}

}  // namespace ulpsim::program
