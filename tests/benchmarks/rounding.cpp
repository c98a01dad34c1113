#include <array>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

#include "models/arithmetic/kernels/step_choice.hpp"
#include "models/arithmetic/operations.hpp"
#include "tests/benchmarks/anchor.hpp"

namespace ulpsim::benchmarks {
namespace {

using namespace arithmetic;

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

void round(benchmark::State& state, const Run& which, const char* format_name, const char* rounding_name) {
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
    run(state, which,
        {.ours = body,
         .anchor = copying(values, copy),
         .work = million,
         .rate_name = "per_ns",
         .ours_over_anchor = true});
}

void decode_codes(benchmark::State& state, const Run& which, const char* format_name) {
    const Format format = parse_format(format_name);
    std::vector<std::uint8_t> bytes(packed_bytes(format, 1, million));
    std::mt19937_64 random(3);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    std::vector<float> values(million), copy(million);
    run(state, which,
        {.ours = [&] { unpack(format, bytes.data(), 0, million, values.data()); },
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

void update_weights(benchmark::State& state, const Run& which, const UpdateCase& kind) {
    constexpr std::uint64_t rows = 256, columns = 784, count = rows * columns;
    const auto filled = [&](const char* name, std::uint64_t seed) {
        const Format format = parse_format(name);
        std::vector<std::uint8_t> bytes(packed_bytes(format, rows, columns));
        const auto values = normal_values(count, seed);
        round_and_pack(format, rne, values.data(), 0, count, {}, 0, bytes.data(), bytes.size() / format.terms);
        return bytes;
    };
    const auto gradient = filled(kind.gradient, 1);
    auto master = filled(kind.master, 2), velocity = filled(kind.state, 3);
    auto weight = kind.weight == nullptr ? std::vector<std::uint8_t>{} : filled(kind.weight, 4);
    Update operation;
    operation.learning_rate = 0.01;
    operation.momentum = 0.9;
    operation.unscale = 0x1p-10;
    operation.state = parse_format(kind.state);
    operation.master_rounding = parse_rounding(kind.master_rounding);
    operation.weight_rounding = parse_rounding(kind.weight_rounding);
    const auto view = [&](const char* name, std::vector<std::uint8_t>& bytes) {
        return name == nullptr ? Matrix{} : dense(parse_format(name), bytes.data(), rows, columns);
    };
    const std::vector<float> values(count);
    std::vector<float> copy(count);
    run(state, which,
        {.ours =
             [&] {
                 update(operation, dense(parse_format(kind.gradient), gradient.data(), rows, columns),
                        view(kind.master, master), view(kind.state, velocity), view(kind.weight, weight),
                        {{1, 2}, 0, 0, columns}, 1);
             },
         .anchor = copying(values, copy),
         .work = count,
         .rate_name = "per_ns",
         .ours_over_anchor = true});
}

/// The way of the gradients: binary32 accumulators, times the batch factor, to e5m2; and of the activations.
void epilogue(benchmark::State& state, const Run& which, const char* out_name, const char* rounding,
              Activation activation) {
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
    run(state, which,
        {.ours =
             [&] {
                 convert(in, e, dense(format, out.data(), rows, columns), {{1, 2}, 0, 0, columns}, 1);
             },
         .anchor = copying(values, copy),
         .work = count,
         .rate_name = "per_ns",
         .ours_over_anchor = true});
}

/// Values of bf16 as the kernels hold them: heads, and tails below their last place.
struct Pairs {
    static constexpr std::size_t count = 4096;  // fits a first-level cache
    alignas(64) std::array<float, count> high{}, low{};
    Pairs() {
        const auto values = normal_values(count, 7), rests = normal_values(count, 8);
        for (std::size_t i = 0; i < count; ++i) {
            high[i] = static_cast<float>(round_to(bf16, rne, static_cast<double>(values[i])));
            low[i] = static_cast<float>(round_to(bf16, rne, static_cast<double>(rests[i]) * 0x1p-9));
        }
    }
};

void two_sum_in_bf16(benchmark::State& state, const Run& which) {
    const auto narrow = *kernels::narrowing<float>(bf16);
    Pairs pairs;
    const auto body = [&] { kernels::kernels().two_sum(narrow, Pairs::count, pairs.high.data(), pairs.low.data()); };
    run_alone(state, which, body, Pairs::count, "per_ns");
}

/// A double word and a value (DWPlusFP), as an update adds them: 10 rounded operations, without packing.
void double_word_add(benchmark::State& state, const Run& which) {
    const auto narrow = *kernels::narrowing<float>(bf16);
    const auto constants = kernels::step_constants(kernels::Step::odd_mantissa, bf16);
    Pairs pairs;
    alignas(64) std::array<float, Pairs::count> addend = Pairs().low;
    const auto body = [&] {
        const auto& level = kernels::kernels();
        level.two_sum(narrow, Pairs::count, pairs.high.data(), addend.data());
        level.multiply_add[kernels::index_of(kernels::Step::odd_mantissa)](constants, 1, pairs.low.data(), Pairs::count,
                                                                           addend.data());
        level.fast_two_sum(narrow, Pairs::count, pairs.high.data(), addend.data());
    };
    run_alone(state, which, body, 10.0 * Pairs::count, "operations_per_ns");
}

const bool registered = [] {
    for (const auto& [name, format] :
         {std::pair{"e4m3", "e4m3fn"}, std::pair{"e5m2", "e5m2"}, std::pair{"e5m10", "fp16"}, std::pair{"e8m7", "bf16"},
          std::pair{"e2m1", "e2m1fn"}}) {
        const auto rounding = [f = format](const char* mode) {
            return [f, mode](benchmark::State& s, const Run& w) { round(s, w, f, mode); };
        };
        add_at_every_level(std::string("round_rne/") + name, 0.05, rounding("rne"));
        add_at_every_level(std::string("round_sr/") + name, 0.05, rounding("sr8"));
        add_at_every_level(std::string("decode/") + name, 0.05,
                           [f = format](benchmark::State& s, const Run& w) { decode_codes(s, w, f); });
    }
    add_at_every_level("decode8", 0.05, [](benchmark::State& s, const Run& w) { decode_codes(s, w, "e4m3fn"); });
    add_at_every_level("encode8", 0.05, [](benchmark::State& s, const Run& w) { round(s, w, "e4m3fn", "rne"); });
    add_at_every_level("twosum_bf16", 0.05, two_sum_in_bf16);
    add_at_every_level("dw_add_bf16", 0.05, double_word_add);
    add_at_every_level("epilogue/gradient_sr8_e5m2", 0.05,
                       [](benchmark::State& s, const Run& w) { epilogue(s, w, "e5m2", "sr8", Activation::none); });
    add_at_every_level("epilogue/relu_e4m3", 0.05,
                       [](benchmark::State& s, const Run& w) { epilogue(s, w, "e4m3fn", "rne", Activation::relu); });
    add_at_every_level("epilogue/relu_gradient_e5m2", 0.05, [](benchmark::State& s, const Run& w) {
        epilogue(s, w, "e5m2", "rne", Activation::relu_gradient);
    });
    for (const auto& kind : updates)
        add_at_every_level(kind.name, 0.05, [kind](benchmark::State& s, const Run& w) { update_weights(s, w, kind); });
    return true;
}();

}  // namespace
}  // namespace ulpsim::benchmarks
