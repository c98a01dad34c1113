#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

#include "models/arithmetic/operations.hpp"
#include "tests/benchmarks/anchor.hpp"

namespace ulpsim::benchmarks {
namespace {

using namespace arithmetic;
using kernels::Level;

constexpr std::uint64_t million = 1 << 20;

std::vector<float> normal_values(std::uint64_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;  // only the speed depends on it
    std::vector<float> values(count);
    for (auto& value : values) value = normal(random);
    return values;
}

/// The anchor: a copy of as many floats.
std::function<void()> copying(const std::vector<float>& from, std::vector<float>& to) {
    return [&from, &to] {
        std::memcpy(to.data(), from.data(), from.size() * sizeof(float));
        benchmark::DoNotOptimize(to.data());
    };
}

void round(benchmark::State& state, const char* format_name, const char* rounding_name, Level level) {
    const AtLevel at(state, level);
    if (!at.is_available()) return;
    const Format format = parse_format(format_name);
    const Rounding rounding = parse_rounding(rounding_name);
    const RandomKey key{1, 2};
    const auto values = normal_values(million, 1);
    std::vector<float> copy(million);
    std::vector<std::uint8_t> bytes(packed_bytes(format, 1, million));
    const auto body = [&] { round_and_pack(format, rounding, values.data(), 0, million, key, 0, bytes.data()); };
    body();
    for (std::uint64_t i = 0; i < million; i += 97) {
        double found = 0;
        unpack(format, bytes.data(), i, 1, &found);
        const auto bits = rounding.is_stochastic() ? random_bits(key, i, 0, Stream::other, rounding.random_bits) : 0u;
        if (found != round_to(format, rounding, static_cast<double>(values[i]), bits))
            throw std::runtime_error("a rounded value differs from its definition");
    }
    run(state, {.ours = body,
                .anchor = copying(values, copy),
                .work = million,
                .rate_name = "per_ns",
                .ours_over_anchor = true});
}

void decode_codes(benchmark::State& state, const char* format_name, Level level) {
    const AtLevel at(state, level);
    if (!at.is_available()) return;
    const Format format = parse_format(format_name);
    std::vector<std::uint8_t> bytes(packed_bytes(format, 1, million));
    std::mt19937_64 random(3);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    std::vector<float> values(million), copy(million);
    run(state, {.ours = [&] { unpack(format, bytes.data(), 0, million, values.data()); },
                .anchor = copying(values, copy),
                .work = million,
                .rate_name = "per_ns",
                .ours_over_anchor = true});
}

struct UpdateCase {
    const char *name, *gradient, *state, *master, *weight, *master_rounding, *weight_rounding;
};
constexpr UpdateCase updates[] = {
    {"update_fp32", "e5m2", "fp32", "fp32", "e4m3fn", "rne", "rne"},
    {"update_exp_bf16_2", "e5m2", "bf16", "exp(bf16,2)", "e4m3fn", "rne", "rne"},
    {"update_in_place_e5m2", "e5m2", "fp32", "e5m2", nullptr, "rne", "rne"},
    {"update_in_place_e5m2_sr13", "e5m2", "fp32", "e5m2", nullptr, "sr13", "rne"},
};

void update_weights(benchmark::State& state, const UpdateCase& which, Level level) {
    const AtLevel at(state, level);
    if (!at.is_available()) return;
    constexpr std::uint64_t rows = 256, columns = 784, count = rows * columns;
    const auto filled = [&](const char* name, std::uint64_t seed) {
        const Format format = parse_format(name);
        std::vector<std::uint8_t> bytes(packed_bytes(format, rows, columns));
        const auto values = normal_values(count, seed);
        round_and_pack(format, rne, values.data(), 0, count, {}, 0, bytes.data(), bytes.size() / format.terms);
        return bytes;
    };
    const auto gradient = filled(which.gradient, 1);
    auto master = filled(which.master, 2), velocity = filled(which.state, 3);
    auto weight = which.weight == nullptr ? std::vector<std::uint8_t>{} : filled(which.weight, 4);
    Update operation;
    operation.learning_rate = 0.01;
    operation.momentum = 0.9;
    operation.unscale = 0x1p-10;
    operation.state = parse_format(which.state);
    operation.master_rounding = parse_rounding(which.master_rounding);
    operation.weight_rounding = parse_rounding(which.weight_rounding);
    const auto view = [&](const char* name, std::vector<std::uint8_t>& bytes) {
        return name == nullptr ? Matrix{} : dense(parse_format(name), bytes.data(), rows, columns);
    };
    const std::vector<float> values(count);
    std::vector<float> copy(count);
    run(state, {.ours =
                    [&] {
                        update(operation, dense(parse_format(which.gradient), gradient.data(), rows, columns),
                               view(which.master, master), view(which.state, velocity), view(which.weight, weight),
                               {{1, 2}, 0, 0, columns}, 1);
                    },
                .anchor = copying(values, copy),
                .work = count,
                .rate_name = "per_ns",
                .ours_over_anchor = true});
}

/// The way of the gradients: binary32 accumulators, times the batch factor, to e5m2; and of the activations.
void epilogue(benchmark::State& state, const char* out_name, const char* rounding, Activation activation, Level level) {
    const AtLevel at(state, level);
    if (!at.is_available()) return;
    constexpr std::uint64_t rows = 256, columns = 784, count = rows * columns;
    auto values = normal_values(count, 5);
    std::vector<float> copy(count);
    const Format format = parse_format(out_name);
    std::vector<std::uint8_t> out(packed_bytes(format, rows, columns)), mask(count);
    std::mt19937_64 random(6);
    for (auto& byte : mask) byte = static_cast<std::uint8_t>(random());
    const ConstMatrix in = dense(fp32, reinterpret_cast<const std::uint8_t*>(values.data()), rows, columns);
    Epilogue e;
    e.factor = 0x1p-6;
    e.activation = activation;
    e.rounding = parse_rounding(rounding);
    e.mask = dense(parse_format("e4m3fn"), static_cast<const std::uint8_t*>(mask.data()), rows, columns);
    run(state, {.ours =
                    [&] {
                        convert(in, e, dense(format, out.data(), rows, columns), {{1, 2}, 0, 0, columns}, 1);
                    },
                .anchor = copying(values, copy),
                .work = count,
                .rate_name = "per_ns",
                .ours_over_anchor = true});
}

constexpr std::pair<const char*, Level> levels[] = {
    {"avx512", Level::avx512}, {"avx2", Level::avx2}, {"plain", Level::plain}};

template <class Body>
void add(const std::string& name, Body body) {
    for (const auto& [level_name, level] : levels)
        benchmark::RegisterBenchmark((name + "/" + level_name).c_str(),
                                     [body, l = level](benchmark::State& state) { body(state, l); })
            ->UseManualTime()
            ->MinTime(0.05);
}

const bool registered = [] {
    for (const auto& [name, format] :
         {std::pair{"e4m3", "e4m3fn"}, std::pair{"e5m2", "e5m2"}, std::pair{"e5m10", "fp16"}, std::pair{"e8m7", "bf16"},
          std::pair{"e2m1", "e2m1fn"}}) {
        add(std::string("round_rne/") + name, [f = format](benchmark::State& s, Level l) { round(s, f, "rne", l); });
        add(std::string("round_sr/") + name, [f = format](benchmark::State& s, Level l) { round(s, f, "sr8", l); });
        add(std::string("decode/") + name, [f = format](benchmark::State& s, Level l) { decode_codes(s, f, l); });
    }
    add("epilogue/gradient_sr8_e5m2",
        [](benchmark::State& s, Level l) { epilogue(s, "e5m2", "sr8", Activation::none, l); });
    add("epilogue/relu_e4m3", [](benchmark::State& s, Level l) { epilogue(s, "e4m3fn", "rne", Activation::relu, l); });
    add("epilogue/relu_gradient_e5m2",
        [](benchmark::State& s, Level l) { epilogue(s, "e5m2", "rne", Activation::relu_gradient, l); });
    for (const auto& which : updates)
        add(which.name, [which](benchmark::State& s, Level l) { update_weights(s, which, l); });
    return true;
}();

}  // namespace
}  // namespace ulpsim::benchmarks
