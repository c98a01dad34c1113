#include "scenarios/program/command_line/expansion_costs_text.hpp"

#include <algorithm>
#include <cstdio>

#include "scenarios/program/report/text_table.hpp"
#include "scenarios/program/results/json_writer.hpp"

namespace ulpsim::program {
namespace {

std::string shown(const char* printf_format, double value) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, printf_format, value);
    return buffer;
}

std::string shown(const char* printf_format, const std::optional<platform::LaneCost>& cost, double scale,
                  double platform::LaneCost::*figure) {
    return cost ? shown(printf_format, scale * (*cost).*figure) : "-";
}

/// The cheapest way, for the verdicts: what the expansion has to offer at its best.
struct Verdicts {
    std::string energy = "-", area = "-", area_at_full_rate = "-";

    explicit Verdicts(const platform::TradeOff& row) {
        if (!row.sequential || !row.wide) return;
        const auto best = [&](auto figure) {
            double least = std::min(figure(*row.sequential), figure(*row.dedicated));
            for (const auto& split : {row.leading, row.all})
                if (split) least = std::min(least, figure(*split));
            return least;
        };
        const auto of = [&](auto figure) { return platform::verdict(best(figure), figure(*row.wide)); };
        energy = of([](const platform::LaneCost& cost) { return cost.energy_pj; });
        area = of([](const platform::LaneCost& cost) { return cost.area_um2; });
        area_at_full_rate = of([](const platform::LaneCost& cost) { return cost.area_at_full_rate_um2(); });
    }
};

void member(JsonWriter& json, const char* key, const std::optional<platform::LaneCost>& cost) {
    json.key(key);
    if (!cost) {
        json.null();
        return;
    }
    json.begin_object().member("cycles", cost->cycles).member("latency_ps", cost->latency_ps);
    json.member("energy_pj", cost->energy_pj).member("area_um2", cost->area_um2);
    json.member("area_at_full_rate_um2", cost->area_at_full_rate_um2()).end_object();
}

}  // namespace

std::string trade_off_table(const std::vector<platform::TradeOff>& rows, const std::string& technology) {
    TextTable table({"operation", "format", "bits", "by", "cycles", "ns", "pJ", "um2", "um2 x cycles"}, 4);
    std::vector<std::string> verdicts;
    for (const platform::TradeOff& row : rows) {
        const auto line = [&](const std::string& format, const std::string& by,
                              const std::optional<platform::LaneCost>& cost) {
            const double full = cost ? cost->area_at_full_rate_um2() : 0;
            table.add({std::string(name(row.operation)), format,
                       std::to_string(row.terms * static_cast<unsigned>(row.base.precision())), by,
                       shown("%.3g", cost, 1, &platform::LaneCost::cycles),
                       shown("%.2f", cost, 1e-3, &platform::LaneCost::latency_ps),
                       shown("%.3f", cost, 1, &platform::LaneCost::energy_pj),
                       shown("%.0f", cost, 1, &platform::LaneCost::area_um2), cost ? shown("%.0f", full) : "-"});
        };
        if (row.terms > 1) {
            arithmetic::Format expansion = row.base;
            expansion.terms = static_cast<std::uint8_t>(row.terms);
            line(name(expansion), "sequential", row.sequential);
            line(name(expansion), "dedicated", row.dedicated);
            for (const auto& split : {row.leading, row.all})
                if (split) line(name(expansion), shown("%.0f macs", split->cycles), split);
        }
        if (!row.wide) {
            table.title("    no format of " + std::to_string(row.terms * static_cast<unsigned>(row.base.precision())) +
                        " bits; allowed: 53");
            continue;
        }
        line(name(row.native), row.terms > 1 ? "native" : "", row.wide);
        if (row.terms == 1) continue;
        const Verdicts wins(row);
        table.title("    energy: " + wins.energy + "; area of a lane: " + wins.area +
                    "; area at one result a cycle: " + wins.area_at_full_rate);
    }
    return table.text() + "\n  A result on one lane in " + technology +
           "; ns: unpipelined; um2 x cycles: lanes for one result a cycle.\n"
           "  by: the expansion unit with 2Sums of six additions or of their own, multiply-accumulates of the terms "
           "on\n"
           "  the array, or a native operator. dot: a product of values of the base format, added to the sum; "
           "product:\n"
           "  one of expansions, added to it. Verdicts are for the cheapest way; closer than 15 % is a tie.\n";
}

std::string trade_off_json(const std::vector<platform::TradeOff>& rows) {
    JsonWriter json;
    json.begin_array();
    for (const platform::TradeOff& row : rows) {
        json.begin_object().member("operation", name(row.operation)).member("base", name(row.base));
        json.member("terms", row.terms)
            .member("precision_bits", row.terms * static_cast<unsigned>(row.base.precision()));
        member(json, "sequential", row.sequential);
        member(json, "dedicated", row.dedicated);
        member(json, "split_leading", row.leading);
        member(json, "split_all", row.all);
        if (row.wide) {
            json.member("native_format", name(row.native));
        } else {
            json.key("native_format").null();
        }
        member(json, "native", row.wide);
        const Verdicts wins(row);
        json.member("energy_verdict", wins.energy).member("area_verdict", wins.area);
        json.member("area_at_full_rate_verdict", wins.area_at_full_rate).end_object();
    }
    return json.end_array().text();
}

}  // namespace ulpsim::program
