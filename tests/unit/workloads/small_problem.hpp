#pragma once
// A problem of the size of the handwritten digits (8 x 8 pixels, 10 classes), and an executor that remembers what it
// was asked for.
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "workloads/executor/reference_executor.hpp"
#include "workloads/training/training.hpp"

namespace ulpsim::workloads::small_problem {

/// Noisy copies of one random picture a class. mt19937 is the same everywhere; the distributions are our own.
inline Samples samples(std::uint64_t count, std::uint32_t seed, std::uint64_t features = 64,
                       std::uint32_t classes = 10) {
    std::mt19937 pictures(1), noise(seed);
    const auto uniform = [](std::mt19937& random) {
        return static_cast<float>(static_cast<double>(random()) / 0x1p31 - 1);
    };
    std::vector<float> prototypes(classes * features);
    for (float& value : prototypes) value = uniform(pictures);
    Samples samples;
    samples.features = features;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto label = static_cast<std::uint32_t>(noise() % classes);
        samples.labels.push_back(static_cast<std::uint8_t>(label));
        for (std::uint64_t j = 0; j < features; ++j)
            samples.values.push_back(prototypes[label * features + j] + uniform(noise));
    }
    return samples;
}

inline Dataset dataset(std::uint64_t train = 200, std::uint64_t test = 50) {
    return {.name = "small", .classes = 10, .train = samples(train, 2), .test = samples(test, 3)};
}

inline Network network() { return build({.name = "", .widths = {16, 10}}, 64, 10); }

/// Every role in one format, rounded to nearest even, with master weights.
inline PrecisionConfig all(const arithmetic::Format& format) {
    const Precision precision{.format = format, .rounding = {}};
    PrecisionConfig config;
    config.base = {.weights = precision,
                   .activations = precision,
                   .errors = precision,
                   .gradients = precision,
                   .product = std::nullopt,
                   .accumulator = {},
                   .master_weights = precision,
                   .optimizer_state = precision,
                   .loss = precision};
    config.base.accumulator.format = format;
    return config;
}

inline TrainingConfig config(std::uint64_t epochs = 1) {
    TrainingConfig config;
    config.epochs = epochs;
    config.optimizer = {.kind = "sgd", .learning_rate = 0.1, .momentum = 0, .weight_decay = 0, .batch = 16};
    config.precision = all(arithmetic::fp32);
    return config;
}

/// A reference executor that keeps the Ops and the latest tensor of each name and place.
class Spy final : public Executor {
public:
    explicit Spy(std::uint64_t seed = 1, unsigned threads = 1) : inner_(seed, threads) {}

    Tensor allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format,
                    const std::string& name) override {
        const Tensor tensor = inner_.allocate(place, role, rows, columns, format, name);
        tensors[{place, name}] = tensor;
        ++alive;
        return tensor;
    }
    void release(Tensor tensor) override {
        --alive;
        inner_.release(tensor);
    }
    void enqueue(const Op& op) override {
        ops.push_back(op);
        inner_.enqueue(op);
    }
    void program(Place place, std::uint64_t iterations, const Body& body) override {
        ops.insert(ops.end(), body.ops.begin(), body.ops.end());
        inner_.program(place, iterations, body);
    }
    void write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) override {
        inner_.write(tensor, bytes, phase);
    }
    std::vector<std::uint8_t> read(Tensor tensor, const std::string& phase) override {
        ++reads;
        return inner_.read(tensor, phase);
    }
    void wait(const std::string& phase) override { inner_.wait(phase); }
    std::vector<std::uint8_t> peek(Tensor tensor) override { return inner_.peek(tensor); }
    std::vector<std::uint8_t> peek(Place place, const std::string& name) { return peek(tensors.at({place, name})); }

    std::vector<Op> ops;
    std::map<std::pair<Place, std::string>, Tensor> tensors;
    int alive = 0, reads = 0;

private:
    ReferenceExecutor inner_;
};

/// What a run left behind.
struct TrainingRun {
    Status status = Status::completed;
    std::vector<Event> events;
    Spy executor;

    explicit TrainingRun(const TrainingConfig& config, const Dataset& data = dataset(), const Placement& placement = {},
                         unsigned threads = 1)
        : executor(config.seed, threads) {
        status = train(config, network(), data, placement, executor, threads, [this](const Event& event) {
            events.push_back(event);
            return true;
        });
    }

    template <class Kind>
    std::vector<Kind> all_of() const {
        std::vector<Kind> found;
        for (const Event& event : events)
            if (const auto* wanted = std::get_if<Kind>(&event)) found.push_back(*wanted);
        return found;
    }
    /// The working weights at the accelerator, layer after layer.
    std::vector<std::uint8_t> weights() {
        std::vector<std::uint8_t> bytes;
        for (const char* name : {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}) {
            const auto some = executor.peek(Place::accelerator, name);
            bytes.insert(bytes.end(), some.begin(), some.end());
        }
        return bytes;
    }
};

}  // namespace ulpsim::workloads::small_problem
