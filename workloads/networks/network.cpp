#include "workloads/networks/network.hpp"

#include <map>

#include "models/arithmetic/error.hpp"

namespace ulpsim::workloads {
namespace {

/// Widths of the hidden layers; the last layer has one output a class, or the one of a regression.
const std::map<std::string, std::vector<std::uint64_t>> hidden_widths = {
    {"linear_regression", {}}, {"logistic_regression", {}}, {"mlp", {256, 128}}};
const std::string regression = "linear_regression";
constexpr std::uint64_t widest = 65536;

std::vector<std::uint64_t> widths_of(const NetworkConfig& config, std::uint64_t classes) {
    if (!config.widths.empty()) {
        if (config.widths.back() != classes)
            throw Error("workload.network.layers ends with " + std::to_string(config.widths.back()) +
                        " outputs; allowed: the " + std::to_string(classes) + " classes of the data");
        for (const std::uint64_t width : config.widths)
            if (width == 0 || width > widest)
                throw Error("workload.network.layers has a layer of " + std::to_string(width) +
                            " outputs; allowed: 1 to " + std::to_string(widest));
        return config.widths;
    }
    const auto found = hidden_widths.find(config.name);
    if (found == hidden_widths.end()) {
        std::string allowed;
        for (const std::string& name : network_names()) allowed.append(allowed.empty() ? "" : ", ").append(name);
        throw Error("workload.network is " + config.name + "; allowed: " + allowed);
    }
    if ((config.name == regression) != (classes == 0))
        throw Error("workload.network is " + config.name + "; allowed: " +
                    (classes == 0 ? regression + ", since the data have numbers for classes"
                                  : "networks for classes, since the data have " + std::to_string(classes)));
    std::vector<std::uint64_t> widths = found->second;
    widths.push_back(classes == 0 ? 1 : classes);
    return widths;
}

}  // namespace

std::uint64_t Network::parameters() const {
    std::uint64_t sum = 0;
    for (const DenseLayer& layer : layers) sum += (layer.inputs + 1) * layer.outputs;
    return sum;
}

std::uint64_t Network::forward_macs() const {
    std::uint64_t sum = 0;
    for (const DenseLayer& layer : layers) sum += layer.inputs * layer.outputs;
    return sum;
}

Network build(const NetworkConfig& config, std::uint64_t features, std::uint64_t classes) {
    const std::vector<std::uint64_t> widths = widths_of(config, classes);
    Network network{.name = config.widths.empty() ? config.name : "layers", .layers = {}};
    if (classes == 0) network.loss = Loss::squared_error;
    std::uint64_t inputs = features;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        network.layers.push_back({.name = "fc" + std::to_string(i + 1),
                                  .inputs = inputs,
                                  .outputs = widths[i],
                                  .relu = i + 1 < widths.size()});
        inputs = widths[i];
    }
    return network;
}

std::vector<std::string> network_names() {
    std::vector<std::string> names;
    names.reserve(hidden_widths.size());
    for (const auto& [name, widths] : hidden_widths) names.push_back(name);
    return names;
}

}  // namespace ulpsim::workloads
