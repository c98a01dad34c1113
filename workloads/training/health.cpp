#include "workloads/training/health.hpp"

#include <algorithm>
#include <type_traits>

namespace ulpsim::workloads {
namespace {

/// The tensors that an Op rounds into: the result (an update's master weights), velocity, working weight.
std::array<Tensor, 3> written(const Op& op) {
    return std::visit(
        [](const auto& what) -> std::array<Tensor, 3> {
            using What = std::remove_cvref_t<decltype(what)>;
            if constexpr (std::is_same_v<What, Update>) return {what.master, what.velocity, what.weight};
            if constexpr (std::is_same_v<What, SoftmaxCrossEntropy>) return {what.error};
            if constexpr (std::is_same_v<What, MatrixProduct> || std::is_same_v<What, ColumnSums> ||
                          std::is_same_v<What, Conversion> || std::is_same_v<What, Combination>)
                return {what.out};
            return {};
        },
        op.what);
}

}  // namespace

void Health::tell(const Tensor& tensor, const std::string& role, const std::string& layer) {
    const std::pair label{role, layer};
    auto known = std::find(labels_.begin(), labels_.end(), label);
    if (known == labels_.end()) known = labels_.insert(known, label);
    entries_[tensor.id] = static_cast<std::size_t>(known - labels_.begin());
}

Health::Spot* Health::spot(const std::array<Tensor, sinks>& written, std::uint64_t steps) {
    if (!entries_.contains(written[0].id)) return nullptr;
    Spot*& spot = by_results_[{written[0].id, written[1].id, written[2].id}];
    if (spot == nullptr) {
        spot = &spots_.emplace_back();
        spot->counts.histograms = config_.level == HealthConfig::Level::histograms;
        for (std::size_t sink = 0; sink < sinks; ++sink) {
            const auto entry = entries_.find(written[sink].id);
            if (entry == entries_.end()) continue;
            spot->entries[sink] = entry->second;
            spot->formats[sink] = written[sink].format;
        }
    }
    spot->steps += steps;
    return spot;
}

arithmetic::OperationCounts* Health::place(const Op& op, std::uint64_t steps) {
    if (entries_.empty()) return nullptr;
    Spot* place = spot(written(op), steps);
    if (place == nullptr) return nullptr;
    place->is_update = std::holds_alternative<Update>(op.what);
    return &place->counts;
}

arithmetic::OperationCounts* Health::place(const Tensor& tensor) {
    Spot* place = spot({tensor}, 1);
    return place == nullptr ? nullptr : &place->counts;
}

std::vector<TensorHealth> Health::take() {
    using Key = std::pair<std::size_t, std::string>;  // label and format
    std::map<Key, TensorHealth> sums;
    std::map<Key, arithmetic::UpdateCounts> updates;
    for (Spot& spot : spots_) {
        const std::array<arithmetic::RoundingCounts*, sinks> counts{&spot.counts.result, &spot.counts.velocity,
                                                                    &spot.counts.weight};
        for (std::size_t sink = 0; sink < sinks; ++sink) {
            if (!spot.entries[sink] || counts[sink]->values == 0) continue;
            const auto& [role, layer] = labels_[*spot.entries[sink]];
            const Key key{*spot.entries[sink], arithmetic::name(spot.formats[sink])};
            TensorHealth& sum = sums[key];
            sum.role = role;
            sum.layer = layer;
            sum.format = spot.formats[sink];
            sum.steps = std::max(sum.steps, spot.steps);
            sum.counts += *counts[sink];
            if (sink == 0 && spot.is_update) updates[key] += spot.counts.update;
        }
        spot.counts = {.histograms = spot.counts.histograms, .result = {}, .velocity = {}, .weight = {}, .update = {}};
        spot.steps = 0;
    }
    for (const auto& [key, counts] : updates)
        sums.at(key).update = UpdateHealth{counts.updates, counts.vanished, counts.effective_descent()};
    std::vector<TensorHealth> all;
    for (auto& [label, sum] : sums) all.push_back(std::move(sum));
    return all;
}

}  // namespace ulpsim::workloads
