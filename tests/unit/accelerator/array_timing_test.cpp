#include "models/accelerator/array_timing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tests/unit/accelerator/scale_sim_reference.hpp"

namespace ulpsim::models {
namespace {

constexpr Dataflow dataflows[] = {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary};

std::uint64_t parts(std::uint64_t extent, std::uint64_t size) {
    std::uint64_t count = 0;
    for (std::uint64_t done = 0; done < extent; done += size) ++count;
    return count;
}

std::uint64_t folds(Gemm g, unsigned rows, unsigned columns, Dataflow dataflow) {
    switch (dataflow) {
        case Dataflow::weight_stationary:
            return parts(g.k, rows) * parts(g.n, columns);
        case Dataflow::input_stationary:
            return parts(g.k, rows) * parts(g.m, columns);
        default:
            return parts(g.m, rows) * parts(g.n, columns);
    }
}

ArrayParameters plain(unsigned rows, unsigned columns) { return {.rows = rows, .columns = columns}; }

// SCALE-Sim reports the index of the last cycle, one less than the count (its issues 60 and 125), and its output
// stationary folds lack the R cycles of shifting results out (scale-sim-v3 issue 4).
TEST(ArrayTiming, EqualsAll156ValuesOfScaleSim) {
    int compared = 0;
    for (const ScaleSimRow& row : scale_sim) {
        for (std::size_t d = 0; d < 3; ++d, ++compared) {
            const std::uint64_t f = folds(row.gemm, row.rows, row.columns, dataflows[d]);
            const std::uint64_t drain = dataflows[d] == Dataflow::output_stationary ? f * row.rows : 0;
            EXPECT_EQ(array_cycles(row.gemm, plain(row.rows, row.columns), dataflows[d]) - drain,
                      row.reported[d].cycles + 1)
                << row.layer << " on " << row.rows << 'x' << row.columns << ", dataflow " << d;
        }
    }
    EXPECT_EQ(compared, 156);
}

// Ties the cycles of the table to the shapes beside them: a row copied wrongly does not satisfy this.
TEST(ArrayTiming, UtilisationIsThatOfTheReportedCyclesWithinThePrintedDigits) {
    for (const ScaleSimRow& row : scale_sim) {
        for (const ScaleSimRow::Reported& reported : row.reported) {
            const auto work = static_cast<double>(row.gemm.m * row.gemm.n * row.gemm.k);
            const double utilisation =
                100 * work / (static_cast<double>(row.rows) * row.columns * static_cast<double>(reported.cycles));
            EXPECT_NEAR(utilisation, reported.utilisation_percent, 0.005 + 1e-9)
                << row.layer << " on " << row.rows << 'x' << row.columns;
        }
    }
}

TEST(ArrayTiming, AnOverlappedDrainIsPaidOnce) {
    ArrayParameters array = plain(16, 32);
    array.overlap_drain = true;
    // 4 x 2 folds of 16 + 32 + 64 - 2 cycles, and the last fold's 16 rows.
    EXPECT_EQ(array_cycles({64, 64, 64}, array, Dataflow::output_stationary), 8U * 110 + 16);
    // Only the output stationary dataflow drains results that were kept.
    for (const Dataflow other : {Dataflow::weight_stationary, Dataflow::input_stationary})
        EXPECT_EQ(array_cycles({64, 64, 64}, array, other), array_cycles({64, 64, 64}, plain(16, 32), other));
}

TEST(ArrayTiming, DoubleBufferedWeightsLoadInTheShadowOfTheStream) {
    ArrayParameters array = plain(16, 32);
    array.double_buffered_weights = true;
    // Weight stationary, 4 x 2 folds, 100 rows of A streamed: the longer of loading 16 rows and streaming.
    EXPECT_EQ(array_cycles({100, 64, 64}, array, Dataflow::weight_stationary), 16U + 8 * 100 + 16 + 32 - 2);
    EXPECT_EQ(array_cycles({5, 64, 64}, array, Dataflow::weight_stationary), 16U + 8 * 16 + 16 + 32 - 2);
    // Input stationary, 4 x 4 folds, 64 columns of B streamed.
    EXPECT_EQ(array_cycles({100, 64, 64}, array, Dataflow::input_stationary), 16U + 16 * 64 + 16 + 32 - 2);
    EXPECT_EQ(array_cycles({64, 64, 64}, array, Dataflow::output_stationary), 8U * (2 * 16 + 32 + 64 - 2));
}

TEST(ArrayTiming, ATransposedProductSwapsWeightAndInputStationary) {
    for (const ScaleSimRow& row : scale_sim) {
        const Gemm transposed{row.gemm.n, row.gemm.m, row.gemm.k};
        const ArrayParameters array = plain(row.rows, row.columns);
        EXPECT_EQ(array_cycles(row.gemm, array, Dataflow::weight_stationary),
                  array_cycles(transposed, array, Dataflow::input_stationary));
    }
}

TEST(ArrayTiming, AnEmptyProductTakesNoTime) {
    for (const Dataflow dataflow : dataflows)
        for (const Gemm gemm : {Gemm{0, 4, 4}, Gemm{4, 0, 4}, Gemm{4, 4, 0}})
            EXPECT_EQ(array_cycles(gemm, plain(8, 8), dataflow), 0U);
}

TEST(ArrayTiming, BestTakesTheLeastOfTheThree) {
    std::array<int, 3> chosen{};
    for (const ScaleSimRow& row : scale_sim) {
        const ArrayParameters array = plain(row.rows, row.columns);
        std::array<std::uint64_t, 3> cycles{};
        for (std::size_t d = 0; d < 3; ++d) cycles[d] = array_cycles(row.gemm, array, dataflows[d]);
        const auto least = std::min_element(cycles.begin(), cycles.end());
        EXPECT_EQ(array_cycles(row.gemm, array, Dataflow::best), *least) << row.layer;
        // min_element gives the first of equals: output, weight, input stationary.
        const auto index = static_cast<std::size_t>(least - cycles.begin());
        EXPECT_EQ(resolve(row.gemm, array, Dataflow::best), dataflows[index]) << row.layer;
        ++chosen[index];
        for (const Dataflow dataflow : dataflows) EXPECT_EQ(resolve(row.gemm, array, dataflow), dataflow);
    }
    for (const int count : chosen) EXPECT_GT(count, 0);  // the table exercises every outcome
}

/// Elements that pass between scratchpad and array, fold by fold.
ArrayTraffic walk(Gemm g, unsigned rows, unsigned columns, Dataflow dataflow, bool resume) {
    ArrayTraffic t;
    const auto used = [](std::uint64_t extent, std::uint64_t first, std::uint64_t size) {
        return std::min(size, extent - first);
    };
    if (dataflow == Dataflow::output_stationary) {
        for (std::uint64_t m = 0; m < g.m; m += rows) {
            for (std::uint64_t n = 0; n < g.n; n += columns) {
                const std::uint64_t r = used(g.m, m, rows), c = used(g.n, n, columns);
                t.a_reads += r * g.k;
                t.b_reads += g.k * c;
                if (resume) t.accumulator_reads += r * c;
                t.accumulator_writes += r * c;
            }
        }
        return t;
    }
    const bool weights = dataflow == Dataflow::weight_stationary;
    const std::uint64_t across = weights ? g.n : g.m, stream = weights ? g.m : g.n;
    for (std::uint64_t k = 0; k < g.k; k += rows) {
        for (std::uint64_t x = 0; x < across; x += columns) {
            const std::uint64_t r = used(g.k, k, rows), c = used(across, x, columns);
            (weights ? t.b_reads : t.a_reads) += r * c;       // held in the array
            (weights ? t.a_reads : t.b_reads) += r * stream;  // passes through
            if (k > 0 || resume) t.accumulator_reads += stream * c;
            t.accumulator_writes += stream * c;
        }
    }
    return t;
}

TEST(ArrayTraffic, EqualsAWalkOverTheFolds) {
    const Gemm gemms[] = {{1, 1, 1}, {33, 17, 65}, {64, 10, 128}, {7, 100, 9}, {16, 32, 16}};
    for (const Gemm gemm : gemms) {
        for (const auto& [rows, columns] : {std::pair{8U, 8U}, {16U, 32U}, {5U, 3U}}) {
            for (const Dataflow dataflow : dataflows) {
                for (const bool resume : {false, true}) {
                    const ArrayTraffic is = array_traffic(gemm, plain(rows, columns), dataflow, resume);
                    const ArrayTraffic wanted = walk(gemm, rows, columns, dataflow, resume);
                    EXPECT_EQ(is.a_reads, wanted.a_reads);
                    EXPECT_EQ(is.b_reads, wanted.b_reads);
                    EXPECT_EQ(is.accumulator_reads, wanted.accumulator_reads);
                    EXPECT_EQ(is.accumulator_writes, wanted.accumulator_writes);
                }
            }
        }
    }
}

TEST(PortStall, IsZeroWhereThePortsDeliverWhatTheEdgesEat) {
    // Output stationary: 16 values of A at the rows, 32 of B at the columns, 8 bits each: 384 bits a cycle.
    EXPECT_EQ(port_stall_cycles({64, 64, 64}, plain(16, 32), Dataflow::output_stationary, 8, 8, 32, 384), 0U);
    EXPECT_GT(port_stall_cycles({64, 64, 64}, plain(16, 32), Dataflow::output_stationary, 8, 8, 32, 383), 0U);
}

TEST(PortStall, StretchesTheStreamByTheRatio) {
    // A port of half of 384 bits: the 64 cycles of each of 4 x 2 folds take twice as long.
    EXPECT_EQ(port_stall_cycles({64, 64, 64}, plain(16, 32), Dataflow::output_stationary, 8, 8, 32, 192), 8U * 64);
    // A third less than needed, 10 cycles a fold: ceil(10 x 384 / 256) - 10.
    EXPECT_EQ(port_stall_cycles({16, 32, 10}, plain(16, 32), Dataflow::output_stationary, 8, 8, 32, 256), 5U);
    EXPECT_EQ(port_stall_cycles({16, 32, 11}, plain(16, 32), Dataflow::output_stationary, 8, 8, 32, 256), 6U);
}

TEST(PortStall, CountsPartialSumsTwiceWhereKIsFolded) {
    // Weight stationary: 8 values of A of 4 bits, and 8 sums of 32 bits out; in as well when k > 8.
    EXPECT_EQ(port_stall_cycles({50, 8, 8}, plain(8, 8), Dataflow::weight_stationary, 4, 16, 32, 144), 50U);
    EXPECT_EQ(port_stall_cycles({50, 8, 16}, plain(8, 8), Dataflow::weight_stationary, 4, 16, 32, 272), 2U * 50);
    // Input stationary streams B.
    EXPECT_EQ(port_stall_cycles({8, 50, 8}, plain(8, 8), Dataflow::input_stationary, 16, 4, 32, 144), 50U);
    EXPECT_EQ(port_stall_cycles({8, 50, 16}, plain(8, 8), Dataflow::input_stationary, 16, 4, 32, 544), 0U);
}

}  // namespace
}  // namespace ulpsim::models
