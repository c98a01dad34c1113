#include "scenarios/program/sweep/sweep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "models/arithmetic/error.hpp"
#include "models/arithmetic/format.hpp"
#include "scenarios/program/reader/read_sweep.hpp"
#include "scenarios/program/reader/scenario.hpp"
#include "scenarios/program/reader/technology.hpp"
#include "scenarios/program/sweep/roster.hpp"
#include "scenarios/program/sweep/search.hpp"
#include "scenarios/program/sweep/sweep_table.hpp"

namespace ulpsim::program {
namespace {

Sweep read(const std::string& text) {
    // Cases run side by side, each in a process.
    const std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / ("sweep_test_" + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "sweep_test.yaml") << text;
    const auto remove = [&] { std::filesystem::remove_all(folder); };
    try {
        const Sweep sweep = read_sweep(folder / "sweep_test.yaml");
        remove();
        return sweep;
    } catch (...) {
        remove();
        throw;
    }
}

std::string complaint(const std::string& text) {
    try {
        read(text);
    } catch (const Error& error) {
        return std::filesystem::path(error.what()).filename().string();
    }
    return "";
}

TEST(SweepFile, MakesEveryFormatOfTheRanges) {
    const Sweep sweep = read(
        "scenario: a.yaml\nset: {precision.weights: $f}\n"
        "axes: {f: {exponent_bits: [2, 8], mantissa_bits: [0, 10]}}\n");
    const std::vector<std::string>& names = sweep.axes.at(0).values;
    ASSERT_EQ(names.size(), 77u);
    EXPECT_EQ(names.front(), "e2m0fn");  // IEEE style has no room for infinity and NaN there
    EXPECT_EQ(names.back(), "e8m10");
    for (const std::string& name : names) EXPECT_NO_THROW(arithmetic::parse_format(name)) << name;
}

TEST(SweepFile, MakesStepsOfARange) {
    const auto axis = [](const std::string& range) {
        return read("scenario: a.yaml\naxes: {a.b: " + range + "}\n").axes.at(0).values;
    };
    EXPECT_EQ(axis("{from: 1, to: 2, steps: 3}"), (std::vector<std::string>{"1", "1.5", "2"}));
    EXPECT_EQ(axis("{from: 10, to: 1000, steps: 3, scale: log, whole: true}"),
              (std::vector<std::string>{"10", "100", "1000"}));
    EXPECT_EQ(axis("{from: 1, to: 2, steps: 9, whole: true}"), (std::vector<std::string>{"1", "2"}));
}

TEST(SweepFile, KeepsListsAndMappingsAsValues) {
    const Sweep sweep = read(
        "scenario: a.yaml\naxes:\n  platform.accelerator.array: [{rows: 8, cols: 4}]\n"
        "  precision.master_weights: [exp(bf16,2), fp32]\nset: {a.list: [x, 'y,z']}\n");
    EXPECT_EQ(sweep.axes[0].values[0], "{rows: 8, cols: 4}");
    EXPECT_EQ(sweep.axes[1].values[0], "\"exp(bf16,2)\"");
    EXPECT_EQ(sweep.set[0].second, "[x, \"y,z\"]");
}

TEST(SweepFile, TakesTheQuotesOffAScenariosName) {
    EXPECT_EQ(read("axes: {scenario: ['a b.yaml', c.yaml]}\n").axes.at(0).values,
              (std::vector<std::string>{"a b.yaml", "c.yaml"}));
    EXPECT_EQ(read("search: list\npoints: [{scenario: \"a, b.yaml\"}]\n").points.at(0).at(0).second, "a, b.yaml");
}

TEST(SweepFile, RefusesAGridThatCannotBeCounted) {
    std::string text = "scenario: a.yaml\nsearch: random\npoints: 3\naxes:\n";
    for (int axis = 0; axis < 8; ++axis) text += "  a.b" + std::to_string(axis) + ": {from: 1, to: 2, steps: 256}\n";
    EXPECT_EQ(complaint(text),
              "sweep_test.yaml:4: axes is a grid of 2^64 points or more; allowed: fewer values or axes");
    Sweep sweep;
    sweep.axes.assign(9, {"a.x", std::vector<std::string>(200)});
    EXPECT_EQ(grid_size(sweep), ~std::uint64_t{0});
}

TEST(SweepFile, GivesEveryProblemToEveryContender) {
    const Sweep sweep = read(
        "search: crossover\naxes: {n: [10, 20, 30]}\nset: {workload.dataset.samples: $n}\ntargets: [1e-2, 1e-8]\n"
        "contenders:\n  halp: {scenario: a.yaml, axes: {platform.channel.model: [spi, qspi], a.b: [1, 2], platform.x: "
        "[9]}}\n"
        "  host: {scenario: b.yaml}\n");
    EXPECT_EQ(sweep.points.size(), 3U * 4 + 3);
    EXPECT_EQ(point_text(sweep.points.front()),
              "contender=halp, scenario=a.yaml, n=10, platform.channel.model=spi, a.b=1, platform.x=9");
    EXPECT_EQ(point_text(sweep.points.back()), "contender=host, scenario=b.yaml, n=30");
    EXPECT_EQ(sweep.crossover.contenders, (std::vector<std::string>{"halp", "host"}));
    EXPECT_EQ(sweep.crossover.problem, (std::vector<std::string>{"n"}));
    EXPECT_EQ(sweep.crossover.machine, (std::vector<std::string>{"platform.channel.model"}));
    EXPECT_EQ(sweep.crossover.choices, (std::vector<std::string>{"a.b"}));
    EXPECT_EQ(sweep.crossover.targets, (std::vector<double>{1e-2, 1e-8}));
    EXPECT_EQ(sweep.crossover.host_energy, (std::vector<double>{1}));
    EXPECT_EQ(resolve(sweep, sweep.points.back()).set, (std::vector<std::string>{"workload.dataset.samples=30"}));
}

TEST(SweepFile, RefusesInOneLineWithWhatIsAllowed) {
    const std::string head = "scenario: a.yaml\n";
    const std::vector<std::array<std::string, 3>> cases{
        {"axes: {a.b: [1]}\n", "sweep_test.yaml:1: scenario is missing", "from the sweep's folder"},
        {head + "axis: {a.b: [1]}\n", "sweep_test.yaml:2: axis is not a key", "did you mean axes?"},
        {head + "axes: {a.b: []}\n", "sweep_test.yaml:2: axes.a.b is empty", "a list of values"},
        {head + "axes: {a.b: 3}\n", "sweep_test.yaml:2: axes.a.b is 3", "a list, as [a, b]"},
        {head + "search: gird\naxes: {a.b: [1]}\n", "sweep_test.yaml:2: search is gird", "did you mean grid?"},
        {head + "search: random\naxes: {a.b: [1]}\n", "sweep_test.yaml:1: points is missing", "1 to 100000"},
        {head + "points: 3\naxes: {a.b: [1]}\n", "sweep_test.yaml:2: points is given", "list, random and pareto"},
        {head + "axes: {f: [1]}\n", "sweep_test.yaml: the axis f changes nothing", "as $f"},
        {head + "axes: {a.b: [1]}\nset: {c.d: $e}\n", "sweep_test.yaml: set.c.d names $e", "allowed: a.b"},
        {head + "objectives: [cost]\naxes: {a.b: [1]}\n", "sweep_test.yaml:2: objectives is cost", "gradient_norm"},
        {head + "axes: {a.b: {exponent_bits: [8, 2], mantissa_bits: [1, 2]}}\n",
         "sweep_test.yaml:2: axes.a.b.exponent_bits is [8, 2]", "as [2, 5]"},
        {head + "axes: {a.b: [1]}\ntargets: [1]\n", "sweep_test.yaml:3: targets is given", "with search crossover"},
        {"search: crossover\naxes: {a.b: [1]}\ntargets: [-1]\n", "sweep_test.yaml:3: targets is -1", "numbers above 0"},
        {"search: crossover\naxes: {a.b: [1]}\ntargets: [1]\ncontenders: {x: {scenario: a.yaml}}\n",
         "sweep_test.yaml:4: contenders has fewer than two", "one a line"},
        {"search: crossover\naxes: {a.b: [1]}\ntargets: [1]\ncontenders: {x: {}, y: {}}\n",
         "sweep_test.yaml:4: contenders.x.scenario is missing", "from the sweep's folder"},
        {head + "axes: {a.b: {from: 0, to: 2, steps: 3, scale: log}}\n", "sweep_test.yaml:2: axes.a.b.scale is log",
         "with from and to above 0"},
    };
    for (const auto& [text, begins, ends] : cases) {
        const std::string line = complaint(text);
        EXPECT_TRUE(line.starts_with(begins)) << line;
        EXPECT_TRUE(line.ends_with(ends)) << line;
    }
}

TEST(Sweep, ResolvesWordsKeysAndTheScenario) {
    Sweep sweep;
    sweep.file = "folder/sweep.yaml";
    sweep.scenario = "folder/a.yaml";
    sweep.set = {{"precision.weights", "$format"}, {"platform.accelerator.operators", "[$format, $format2]"}};
    const ResolvedPoint point = resolve(
        sweep, {{"format", "e4m3"}, {"format2", "bf16"}, {"seed", "3"}, {"platform.x", "1"}, {"scenario", "b.yaml"}});
    EXPECT_EQ(point.scenario, "folder/b.yaml");
    EXPECT_EQ(point.set,
              (std::vector<std::string>{"precision.weights=e4m3", "platform.accelerator.operators=[e4m3, bf16]",
                                        "seed=3", "platform.x=1"}));
}

TEST(ShippedSweeps, ResolveToScenariosThatAreValid) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(source_root() / "scenarios/sweeps")) {
        if (entry.path().extension() != ".yaml") continue;
        ++count;
        const Sweep sweep = read_sweep(entry.path());
        const bool listed = !sweep.points.empty();
        const std::uint64_t size = listed ? sweep.points.size() : grid_size(sweep);
        for (std::uint64_t index = 0; index < size; index += 1 + size / 10) {
            const Point values = listed ? sweep.points[index] : grid_point(sweep, index);
            const ResolvedPoint point = resolve(sweep, values);
            EXPECT_NO_THROW(ScenarioFile::open(point.scenario, {.set = point.set, .seed = {}})) << point_text(values);
        }
    }
    EXPECT_GE(count, 3);
}

Sweep two_axes(Sweep::Search search, std::uint64_t count) {
    Sweep sweep;
    sweep.search = search;
    sweep.count = count;
    sweep.population = 10;
    sweep.axes = {{"a.x", {}}, {"a.y", {}}};
    for (int i = 0; i < 30; ++i) {
        sweep.axes[0].values.push_back(std::to_string(i));
        sweep.axes[1].values.push_back(std::to_string(i));
    }
    return sweep;
}

TEST(Search, AGridHasEveryPointOnceTheLastAxisFastest) {
    Sweep sweep = two_axes(Sweep::Search::grid, 0);
    const std::vector<Point> points = Search(sweep).next({});
    ASSERT_EQ(points.size(), 900u);
    EXPECT_EQ(point_text(points[0]), "a.x=0, a.y=0");
    EXPECT_EQ(point_text(points[31]), "a.x=1, a.y=1");
    EXPECT_EQ(std::set<Point>(points.begin(), points.end()).size(), 900u);
}

TEST(Search, RandomPointsDifferAndComeFromTheSeed) {
    Sweep sweep = two_axes(Sweep::Search::random, 890);
    const std::vector<Point> points = Search(sweep).next({});
    EXPECT_EQ(std::set<Point>(points.begin(), points.end()).size(), 890u);
    EXPECT_EQ(points, Search(sweep).next({}));
    sweep.seed = 2;
    EXPECT_NE(points, Search(sweep).next({}));
}

/// The figures of a problem whose front is known: those with x = 0.
Figures zdt(const Point& point) {
    const double x = std::stod(point[0].second) / 29, y = std::stod(point[1].second) / 29;
    return {y, (1 + 9 * x) * (1 - std::sqrt(y / (1 + 9 * x)))};
}

std::vector<Point> searched(const Sweep& sweep) {
    Search search(sweep);
    std::vector<Point> points;
    std::vector<std::optional<Figures>> figures;
    for (std::vector<Point> more = search.next({}); !more.empty(); more = search.next(figures)) {
        points.insert(points.end(), more.begin(), more.end());
        figures.clear();
        // Every seventh fails.
        for (std::size_t i = 0; i < points.size(); ++i)
            figures.push_back(i % 7 == 6 ? std::nullopt : std::optional(zdt(points[i])));
    }
    return points;
}

TEST(Search, ParetoFindsMoreOfTheFrontThanChance) {
    const auto on_front = [](const std::vector<Point>& points) {
        return std::count_if(points.begin(), points.end(), [](const Point& point) { return point[0].second == "0"; });
    };
    const std::vector<Point> found = searched(two_axes(Sweep::Search::pareto, 200));
    EXPECT_EQ(std::set<Point>(found.begin(), found.end()).size(), 200u);
    // Chance finds 200 / 30 = 7 of the 30.
    EXPECT_GE(on_front(found), 18);
    EXPECT_EQ(found, searched(two_axes(Sweep::Search::pareto, 200)));
}

TEST(Search, ParetoEndsWhereTheGridDoes) {
    Sweep sweep = two_axes(Sweep::Search::pareto, 200);
    for (Axis& axis : sweep.axes) axis.values.resize(4);
    EXPECT_EQ(searched(sweep).size(), 16u);
}

TEST(Pareto, FrontsAreThoseOfTheDefinition) {
    const std::vector<Figures> points{{1, 4}, {2, 2}, {4, 1}, {2, 3}, {4, 4}, {1, 4}, {0, std::nan("")}};
    EXPECT_EQ(fronts(points), (std::vector<std::size_t>{0, 0, 0, 1, 2, 0, 0}));
    EXPECT_FALSE(dominates({1, 1}, {1, 1}));
    EXPECT_TRUE(dominates({1, 1}, {1, std::nan("")}));
}

TEST(Roster, OneOfAGroupRunsAndTheOthersReplayIt) {
    Roster roster;
    for (std::size_t job = 0; job < 3; ++job) roster.add(job, "a");
    roster.add(3, "b");
    const auto first = roster.next(), other = roster.next();
    EXPECT_EQ(first->job, 0u);
    EXPECT_FALSE(first->source);
    EXPECT_EQ(other->job, 3u);
    EXPECT_FALSE(roster.next()) << "the rest of the group must wait";
    roster.ended(0, true);
    const auto second = roster.next(), third = roster.next();
    EXPECT_EQ(second->job, 1u);
    EXPECT_EQ(second->source, 0u);
    EXPECT_EQ(third->source, 0u);
    EXPECT_FALSE(roster.next());
}

TEST(Roster, TheNextOneRunsWhereTheFirstFailed) {
    Roster roster;
    roster.add(0, "a");
    roster.add(1, "a");
    roster.next();
    roster.ended(0, false);
    const auto second = roster.next();
    EXPECT_EQ(second->job, 1u);
    EXPECT_FALSE(second->source);
}

TEST(Roster, ARecordingOfAnEarlierSweepServes) {
    Roster roster;
    roster.add_done(0, "a", true);
    roster.add(1, "a");
    EXPECT_EQ(roster.next()->source, 0u);
}

Row row_of(std::uint64_t point, std::uint64_t seed, double energy, double error) {
    Row row;
    row.point = point;
    row.seed = seed;
    row.how = "run";
    row.status = "completed";
    row.energy_j = energy;
    row.error = error;
    return row;
}

TEST(SweepTable, TakesMediansAndRangesOverTheSeedsAndMarksTheFront) {
    Sweep sweep;
    sweep.objectives = {Objective::energy_j, Objective::error};
    const std::vector<Point> points{{{"a.x", "1"}}, {{"a.x", "2"}}, {{"a.x", "3,4"}}, {{"a.x", "5"}}};
    Row failed;
    failed.point = 3;
    failed.seed = 1;
    failed.status = "failed";
    failed.message = "\"no\"";
    const std::vector<Row> rows{row_of(1, 1, 2, 0.3),
                                row_of(1, 2, 4, 0.1),
                                row_of(1, 3, 3, 0.2),
                                row_of(2, 1, 5, 0.5),
                                row_of(2, 2, 5, 0.5),
                                row_of(2, 3, 5, 0.5),
                                failed};
    const std::vector<PointResult> results = point_results(sweep, points, rows, 3);
    EXPECT_EQ(results[0].median.energy_j, 3);
    EXPECT_EQ(results[0].median.error, 0.2);
    EXPECT_EQ(results[0].error_min, 0.1);
    EXPECT_EQ(results[0].error_max, 0.3);
    EXPECT_TRUE(results[0].on_front);
    EXPECT_FALSE(results[1].on_front);
    EXPECT_EQ(results[3].status, "missing");
    const std::string csv = sweep_csv(results);
    EXPECT_TRUE(csv.starts_with("point,status,how,a.x,seeds,energy_j,"));
    EXPECT_NE(csv.find("\n1,completed,run,1,3,3,0,0,0,0,0.2,0.1,0.3,,,,,1,\n"), std::string::npos) << csv;
    EXPECT_NE(csv.find("\n3,missing,,\"3,4\",0,,,,,,,,,,,,,0,\"\"\"no\"\"\"\n"), std::string::npos) << csv;
}

TEST(Database, KeepsRowsAndFacts) {
    const std::filesystem::path file =
        std::filesystem::path(testing::TempDir()) / ("sweep_test_" + std::to_string(getpid()) + ".sqlite");
    std::filesystem::remove(file);
    {
        Database database(file);
        Row row = row_of(7, 1, 0.1, 0.25);
        row.message = "it's";
        row.train_loss = 1.5;
        row.digest = "d1";
        database.put(row);
        row.energy_j = 0.2;
        database.put(row);
        database.set_facts({{"text", "a\nb"}, {"seeds", "1"}});
        database.put(row_of(8, 1, 1, 1));
        database.remove(8, 1);
    }
    Database again(file);
    ASSERT_EQ(again.rows().size(), 1u);
    const Row row = again.rows()[0];
    EXPECT_EQ(row.energy_j, 0.2);
    EXPECT_EQ(row.message, "it's");
    EXPECT_EQ(row.digest, "d1");
    EXPECT_EQ(row.train_loss, 1.5);
    EXPECT_FALSE(row.test_accuracy);
    EXPECT_EQ(again.facts().at("text"), "a\nb");
    std::ofstream(file)
        << "no database, but longer than the head of one: ................................................";
    EXPECT_THROW(Database{file}, Error);
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace ulpsim::program
