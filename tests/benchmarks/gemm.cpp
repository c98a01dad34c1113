#include <cblas.h>

#include <random>
#include <stdexcept>
#include <string>

#include "models/arithmetic/operations.hpp"
#include "tests/benchmarks/anchor.hpp"

namespace ulpsim::benchmarks {
namespace {

using namespace arithmetic;

extern "C" void openblas_set_num_threads(int);

struct Case {
    const char* name;
    const char *a, *b, *accumulator, *rounding;
    Order order = Order::sequential;
    std::uint32_t length = 0;
    float scale = 1;  ///< of the normally distributed operands: decides which step serves
};
struct Shape {
    const char* name;
    std::uint64_t rows, columns, depth;
    bool transpose_a, transpose_b;
};

std::vector<std::uint8_t> random_codes(const Format& format, std::uint64_t rows, std::uint64_t columns, float scale) {
    std::mt19937_64 random(rows * 7919 + columns);
    std::normal_distribution<float> normal(0, scale);  // only the speed depends on it
    std::vector<std::uint8_t> bytes(packed_bytes(format, rows, columns));
    std::vector<float> values(columns);
    for (std::uint64_t i = 0; i < rows; ++i) {
        for (auto& value : values) value = normal(random);
        round_and_pack(format, rne, values.data(), 0, columns, {}, 0, bytes.data() + i * row_bytes(format, columns));
    }
    return bytes;
}

void check_corner(const Product& product, const Matrix& result, std::uint64_t depth) {
    std::vector<double> a(depth), b(depth);
    for (std::uint64_t i = 0; i < result.rows; i += 61) {
        for (std::uint64_t j = 0; j < result.columns; j += 37) {
            for (std::uint64_t k = 0; k < depth; ++k) {
                const auto [ar, ac] = product.transpose_a ? std::pair{k, i} : std::pair{i, k};
                const auto [br, bc] = product.transpose_b ? std::pair{j, k} : std::pair{k, j};
                unpack(product.a.format, product.a.bytes + ar * product.a.pitch, ac, 1, &a[k]);
                unpack(product.b.format, product.b.bytes + br * product.b.pitch, bc, 1, &b[k]);
            }
            double found = 0;
            unpack(result.format, result.bytes + i * result.pitch, j, 1, &found);
            if (found != dot_product(product.dot, a, b, 0, {}, i * result.columns + j))
                throw std::runtime_error("the product differs from its definition");
        }
    }
}

/// The operands and the result of one benchmark.
struct Operands {
    Product product;
    std::vector<std::uint8_t> a, b, c;
    Matrix out{};

    Operands(const Case& which, const Shape& s) {
        Dot& dot = product.dot;
        dot.a = parse_format(which.a);
        dot.b = parse_format(which.b);
        dot.accumulator = dot.outer = parse_format(which.accumulator);
        dot.rounding = parse_rounding(which.rounding);
        dot.order = which.order;
        dot.length = which.length;
        product.transpose_a = s.transpose_a;
        product.transpose_b = s.transpose_b;
        const auto matrix = [&](const Format& format, std::vector<std::uint8_t>& codes, bool turned, std::uint64_t rows,
                                std::uint64_t columns) {
            if (turned) std::swap(rows, columns);
            codes = random_codes(format, rows, columns, which.scale);
            return ConstMatrix(dense(format, codes.data(), rows, columns));
        };
        product.a = matrix(dot.a, a, s.transpose_a, s.rows, s.depth);
        product.b = matrix(dot.b, b, s.transpose_b, s.depth, s.columns);
        c.resize(packed_bytes(dot.accumulator, s.rows, s.columns));
        out = dense(dot.accumulator, c.data(), s.rows, s.columns);
        run(1);
        check_corner(product, out, s.depth);
    }
    void run(unsigned threads) const { matrix_product(product, out, {{}, 0, 0, out.columns}, threads); }
};

double multiply_accumulates(const Shape& s) { return static_cast<double>(s.rows * s.columns * s.depth); }

/// Beside sgemm on one thread.
void gemm(benchmark::State& state, const Run& which, const Case& kind, const Shape& s) {
    const Operands operands(kind, s);
    openblas_set_num_threads(1);
    const std::vector<float> a(s.rows * s.depth, 0.5f), b(s.depth * s.columns, 0.25f);
    std::vector<float> c(s.rows * s.columns);
    const auto i = [](std::uint64_t x) { return static_cast<int>(x); };
    const auto turned = [](bool is) { return is ? CblasTrans : CblasNoTrans; };
    const auto sgemm = [&] {
        cblas_sgemm(CblasRowMajor, turned(s.transpose_a), turned(s.transpose_b), i(s.rows), i(s.columns), i(s.depth), 1,
                    a.data(), i(s.transpose_a ? s.rows : s.depth), b.data(), i(s.transpose_b ? s.depth : s.columns), 0,
                    c.data(), i(s.columns));
    };
    benchmarks::run(state, which,
                    {.ours = [&] { operands.run(1); },
                     .anchor = sgemm,
                     .work = multiply_accumulates(s),
                     .rate_name = "gmac_per_s"});
}

/// Two threads beside one, with the same bits.
void two_threads(benchmark::State& state, const Run& which, const Case& kind, const Shape& s) {
    Operands operands(kind, s);
    const auto alone = operands.c;
    operands.run(2);
    if (operands.c != alone) throw std::runtime_error("two threads give other bits than one");
    benchmarks::run(state, which,
                    {.ours = [&] { operands.run(2); },
                     .anchor = [&] { operands.run(1); },
                     .work = multiply_accumulates(s),
                     .rate_name = "gmac_per_s",
                     .wall = true});
}

// Tracked: no overflow, though the largest operands allow one. Subnormal: sums reach the subnormal range.
constexpr Case cases[] = {
    {"gemm_fp32_k_order", "e4m3fn", "e4m3fn", "fp32", "rne"},
    {"gemm_rne_e4m3_e6m9", "e4m3fn", "e4m3fn", "e6m9", "rne"},
    {"gemm_rne_tracked_e5m10", "e4m3fn", "e4m3fn", "e5m10", "rne", Order::sequential, 0, 16},
    {"gemm_rne_subnormal_e5m10", "e5m2", "e5m2", "e5m10", "rne", Order::sequential, 0, 0x1p-8f},
    {"gemm_rne_fp16_fp16_fp16", "fp16", "fp16", "fp16", "rne"},
    {"gemm_rne_bf16_bf16_fp32", "bf16", "bf16", "fp32", "rne"},
    {"gemm_rne_bf16_bf16_bf16", "bf16", "bf16", "bf16", "rne"},
    {"gemm_chunk64_e6m9", "e4m3fn", "e4m3fn", "e6m9", "rne", Order::chunk, 64},
    {"gemm_tree4_e6m9", "e4m3fn", "e4m3fn", "e6m9", "rne", Order::tree, 4},
    {"gemm_sr8_e6m9", "e4m3fn", "e4m3fn", "e6m9", "sr8"},
};
constexpr Shape shapes[] = {
    {"256", 256, 256, 256, false, false},
    {"64x256x784", 64, 256, 784, false, true},   // forward: activations times weights transposed
    {"256x784x64", 256, 784, 64, true, false},   // gradient of the weights: errors transposed times activations
    {"64x256x128", 64, 256, 128, false, false},  // errors backwards
};

const bool registered = [] {
    for (const auto& kind : cases)
        for (const auto& shape : shapes)
            add_at_every_level(
                std::string(kind.name) + "/" + shape.name, 0.1,
                [kind, shape](benchmark::State& state, const Run& which) { gemm(state, which, kind, shape); });
    benchmark::RegisterBenchmark(
        "gemm_rne/threads2",
        [](benchmark::State& state) { two_threads(state, {"gemm_rne/threads2"}, cases[1], shapes[0]); })
        ->UseManualTime()
        ->MinTime(0.1);
    return true;
}();

}  // namespace
}  // namespace ulpsim::benchmarks
