#include <cstdio>
#include <iostream>

#include "models/arithmetic/error.hpp"
#include "scenarios/program/command_line/commands.hpp"
#include "scenarios/program/command_line/expansion_costs_text.hpp"
#include "scenarios/program/command_line/number_options.hpp"
#include "scenarios/program/numbers/format_facts.hpp"
#include "scenarios/program/numbers/values_and_bits.hpp"
#include "scenarios/program/reader/suggestion.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/report/text_table.hpp"
#include "scenarios/program/results/json_writer.hpp"

namespace ulpsim::program {
namespace {

namespace po = boost::program_options;

std::string shown(const char* printf_format, std::optional<double> value) {
    if (!value) return "-";
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, printf_format, *value);
    return buffer;
}

std::string table(const std::vector<FormatFacts>& all, const std::string& technology) {
    TextTable table({"format", "bits", "exp", "man", "bias", "max", "min normal", "min subnormal", "epsilon", "inf",
                     "nan", "mac pJ", "mac um2", "mac ps", "known as"},
                    1);
    std::vector<std::string> notes;
    for (const FormatFacts& f : all) {
        const auto cost = [&](const char* printf_format, double MacCost::*figure) {
            return f.mac ? shown(printf_format, *f.mac.*figure) : "-";
        };
        table.add({f.name, std::to_string(f.width_bits), std::to_string(f.exponent_bits),
                   std::to_string(f.mantissa_bits), std::to_string(f.bias), shown("%.5g", f.max),
                   shown("%.5g", f.min_normal), shown("%.5g", f.min_subnormal), shown("%.5g", f.epsilon),
                   f.infinity ? "yes" : "no", f.nan ? "yes" : "no", cost("%.3f", &MacCost::energy_pj),
                   cost("%.0f", &MacCost::area_um2), cost("%.0f", &MacCost::delay_ps), f.known_as});
        if (!f.note.empty()) notes.push_back(f.note);
    }
    std::string text = table.text() + "\n";
    for (const std::string& note : notes) text += "  " + note + "\n";
    return text +
           "  mac: F * F into fp32 (fp64 where fp32 does not hold F; intW and fixW.F into 2 W + 16 bits), rne, in " +
           technology + "\n";
}

void number(JsonWriter& json, const char* key, std::optional<double> value) {
    if (!value) {
        json.key(key).null();
        return;
    }
    std::string hex;
    append_value(hex, *value);
    json.key(key).begin_object().member("decimal", *value).member("hex", hex).end_object();
}

std::string json_text(const std::vector<FormatFacts>& all) {
    JsonWriter json;
    json.begin_array();
    for (const FormatFacts& f : all) {
        json.begin_object().member("name", f.name).member("width_bits", f.width_bits);
        json.member("exponent_bits", f.exponent_bits).member("mantissa_bits", f.mantissa_bits).member("bias", f.bias);
        number(json, "max", f.max);
        number(json, "min_normal", f.min_normal);
        number(json, "min_subnormal", f.min_subnormal);
        number(json, "epsilon", f.epsilon);
        json.member("infinity", f.infinity).member("nan", f.nan).key("mac");
        if (f.mac) {
            json.begin_object().member("energy_pj", f.mac->energy_pj).member("area_um2", f.mac->area_um2);
            json.member("delay_ps", f.mac->delay_ps).end_object();
        } else {
            json.null();
        }
        json.end_object();
    }
    return json.end_array().text();
}

power::Technology technology(const Arguments& arguments) {
    const std::string name = text_option(arguments, "technology").value_or("asic28");
    const std::vector<std::string> known = technology_names();
    if (std::find(known.begin(), known.end(), name) == known.end())
        throw Error("--technology is " + name + "; allowed: " + join(known) + did_you_mean(name, known));
    return read_technology(name);
}

int expansions_command(const Arguments& arguments, Words bases) {
    if (bases.empty()) bases = {"e5m2", "bf16", "fp16", "fp32"};
    std::vector<platform::TradeOff> rows;
    const power::Technology costs = technology(arguments);
    for (const std::string& word : bases) {
        const arithmetic::Format base = arithmetic::parse_format(word);
        if (base.is_expansion() || base.saturate || !base.subnormals || base.is_twos_complement() || base.is_mx())
            throw Error("FORMAT is " + name(base) +
                        "; allowed with --expansions: floating formats without exp(), mx(), :sat and :nosub");
        for (const platform::TradeOff& row : platform::trade_offs(base, costs)) rows.push_back(row);
    }
    std::cout << (arguments.contains("json") ? trade_off_json(rows) : trade_off_table(rows, costs.name));
    return exit_done;
}

}  // namespace

Syntax formats_syntax() {
    Syntax syntax{
        .usage = "formats [FORMAT...] [--expansions] [--technology T] [--json]",
        .purpose = "Range, precision and operator cost of number formats; the well-known ones without a word.",
        .options = po::options_description("options"),
        .positional = "FORMAT",
        .most_positional = -1,
        .details =
            "max, min normal, min subnormal: the largest finite, the smallest normal and the smallest subnormal\n"
            "  magnitude. epsilon: the distance from 1 to the next number. Of exp(FORMAT,N): bits of all terms, "
            "fields\n"
            "  of one, max and min normal of the first, min subnormal of the last, epsilon with all terms in use.\n"
            "  Of int and fix: min normal is their unit, of mx(FORMAT,B) all but epsilon are of scaled values.\n"
            "mac: the multiplier F * F with its accumulator, fp32 (fp64 where fp32 does not hold all of F; for intW\n"
            "  and fixW.F 2 W + 16 bits of the kind), rounded to nearest even after every addition: picojoules a\n"
            "  product, square micrometres, picoseconds unpipelined.\n"
            "--json: an array of {name, width_bits, exponent_bits, mantissa_bits, bias, max, min_normal,\n"
            "  min_subnormal, epsilon, infinity, nan, mac: {energy_pj, area_um2, delay_ps}}; max to epsilon are\n"
            "  {\"decimal\": 448, \"hex\": \"0x1.cp+8\"}, infinity and nan say whether there is one, null stands for "
            "what\n"
            "  does not exist.\n"
            "--expansions: sums of 1 to 4 terms of each FORMAT (default e5m2 bf16 fp16 fp32) against one operator of "
            "at\n"
            "  least their precision: cycles, nanoseconds, picojoules, square micrometres of add, multiply, dot and\n"
            "  product, with a 2Sum made of six additions and with one of its own, and products split into those of\n"
            "  the terms. JSON: an array of {operation, base, terms, precision_bits, sequential, dedicated,\n"
            "  split_leading, split_all, native_format, native, energy_verdict, area_verdict,\n"
            "  area_at_full_rate_verdict}.\n\n"
            "Examples:\n"
            "  ulpsim formats\n"
            "  ulpsim formats e4m3 e4m3fn e4m3fn:sat\n"
            "  ulpsim formats bf16 --json\n"
            "  ulpsim formats bf16 --expansions\n"};
    add_text_options(syntax.options, {{"technology", "T", "whose costs (default asic28); ulpsim list technologies"}});
    syntax.options.add_options()("expansions", "operations on expansions against wider operators");
    add_json_option(syntax.options);
    return syntax;
}

int formats_command(const Syntax& syntax, const Words& words) {
    const Arguments arguments = parse(syntax, words);
    Words names = positional(arguments, syntax);
    if (arguments.contains("expansions"))
        return naming_the_command("formats", [&] { return expansions_command(arguments, names); });
    if (names.empty()) names = well_known_formats();
    std::vector<FormatFacts> facts;
    const power::Technology costs = naming_the_command("formats", [&] { return technology(arguments); });
    naming_the_command("formats", [&] {
        for (const std::string& name : names) facts.push_back(format_facts(arithmetic::parse_format(name), costs));
    });
    std::cout << (arguments.contains("json") ? json_text(facts) : table(facts, costs.name));
    return exit_done;
}

}  // namespace ulpsim::program
