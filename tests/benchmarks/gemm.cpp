#include <cblas.h>

#include <random>
#include <stdexcept>
#include <string>

#include "models/arithmetic/operations.hpp"
#include "tests/benchmarks/anchor.hpp"

namespace ulpsim::benchmarks {
namespace {

using namespace arithmetic;
using kernels::Level;

extern "C" void openblas_set_num_threads(int);

struct Case {
    const char* name;
    const char *a, *b, *accumulator, *rounding;
    Order order = Order::sequential;
    std::uint32_t length = 0;
};
struct Shape {
    const char* name;
    std::uint64_t rows, columns, depth;
    bool transpose_a, transpose_b;
};

std::vector<std::uint8_t> random_codes(const Format& format, std::uint64_t rows, std::uint64_t columns) {
    std::mt19937_64 random(rows * 7919 + columns);
    std::normal_distribution<float> normal;  // only the speed depends on it
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

void gemm(benchmark::State& state, const Case& which, const Shape& shape, Level level, unsigned threads) {
    const AtLevel at(state, level);
    if (!at.is_available()) return;
    Dot dot;
    dot.a = parse_format(which.a);
    dot.b = parse_format(which.b);
    dot.accumulator = dot.outer = parse_format(which.accumulator);
    dot.rounding = parse_rounding(which.rounding);
    dot.order = which.order;
    dot.length = which.length;
    const auto [m, n, k] = std::array{shape.rows, shape.columns, shape.depth};
    const auto a = shape.transpose_a ? random_codes(dot.a, k, m) : random_codes(dot.a, m, k);
    const auto b = shape.transpose_b ? random_codes(dot.b, n, k) : random_codes(dot.b, k, n);
    std::vector<std::uint8_t> c(packed_bytes(dot.accumulator, m, n));
    Product product{.dot = dot, .transpose_a = shape.transpose_a, .transpose_b = shape.transpose_b};
    product.a = shape.transpose_a ? dense(dot.a, a.data(), k, m) : dense(dot.a, a.data(), m, k);
    product.b = shape.transpose_b ? dense(dot.b, b.data(), n, k) : dense(dot.b, b.data(), k, n);
    const Matrix out = dense(dot.accumulator, c.data(), m, n);
    matrix_product(product, out, {{}, 0, 0, n}, threads);
    check_corner(product, out, k);

    openblas_set_num_threads(static_cast<int>(threads));
    const std::vector<float> fa(m * k, 0.5f), fb(k * n, 0.25f);
    std::vector<float> fc(m * n);
    const auto i = [](std::uint64_t x) { return static_cast<int>(x); };
    run(state, {.ours =
                    [&] {
                        matrix_product(product, out, {{}, 0, 0, n}, threads);
                    },
                .anchor =
                    [&] {
                        cblas_sgemm(CblasRowMajor, shape.transpose_a ? CblasTrans : CblasNoTrans,
                                    shape.transpose_b ? CblasTrans : CblasNoTrans, i(m), i(n), i(k), 1, fa.data(),
                                    i(shape.transpose_a ? m : k), fb.data(), i(shape.transpose_b ? k : n), 0, fc.data(),
                                    i(n));
                    },
                .work = static_cast<double>(m * n * k),
                .rate_name = "gmac_per_s",
                .wall = threads > 1});
}

constexpr Case cases[] = {
    {"gemm_fp32_k_order", "e4m3fn", "e4m3fn", "fp32", "rne"},
    {"gemm_rne_e4m3_e6m9", "e4m3fn", "e4m3fn", "e6m9", "rne"},
    {"gemm_rne_e4m3_e5m10", "e4m3fn", "e4m3fn", "e5m10", "rne"},
    {"gemm_rne_fp16_fp16_fp16", "fp16", "fp16", "fp16", "rne"},
    {"gemm_rne_bf16_bf16_fp32", "bf16", "bf16", "fp32", "rne"},
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
constexpr std::pair<const char*, Level> levels[] = {
    {"avx512", Level::avx512}, {"avx2", Level::avx2}, {"plain", Level::plain}};

const bool registered = [] {
    for (const auto& which : cases)
        for (const auto& shape : shapes)
            for (const auto& [level_name, level] : levels)
                benchmark::RegisterBenchmark(
                    (std::string(which.name) + "/" + shape.name + "/" + level_name).c_str(),
                    [which, shape, l = level](benchmark::State& state) { gemm(state, which, shape, l, 1); })
                    ->UseManualTime()
                    ->MinTime(0.1);
    benchmark::RegisterBenchmark("gemm_fp32_k_order/256/threads2",
                                 [](benchmark::State& state) { gemm(state, cases[0], shapes[0], Level::avx512, 2); })
        ->UseManualTime()
        ->MinTime(0.1);
    return true;
}();

}  // namespace
}  // namespace ulpsim::benchmarks
