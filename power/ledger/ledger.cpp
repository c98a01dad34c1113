#include "power/ledger/ledger.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>

namespace ulpsim::power {
namespace {

std::size_t index(OperationId id) { return static_cast<std::size_t>(id); }
std::size_t index(Tag tag) { return static_cast<std::size_t>(tag); }

}  // namespace

OperationId Meter::intern(const Operation& operation) {
    const OperationId id = ledger_.intern(operation);
    if (counts_.size() <= index(id)) counts_.resize(index(id) + 1);
    return id;
}

void Meter::count(OperationId operation, Tag tag, std::uint64_t n) {
    std::vector<std::uint64_t>& by_tag = counts_.at(index(operation));
    if (by_tag.size() <= index(tag)) by_tag.resize(index(tag) + 1);
    by_tag[index(tag)] += n;
}

Ledger::Ledger() { tag("other", "-"); }

Meter& Ledger::meter(std::string component) {
    const auto [place, is_new] = meters_.try_emplace(component);
    if (!is_new) throw std::logic_error("a meter named " + component + " exists already");
    place->second.reset(new Meter(std::move(component), *this));
    return *place->second;
}

OperationId Ledger::intern(const Operation& operation) {
    const auto [place, is_new] =
        operation_ids_.try_emplace(text(operation), static_cast<OperationId>(operations_.size()));
    if (is_new) {
        operations_.push_back(operation);
        operation_texts_.push_back(place->first);
    }
    return place->second;
}

Tag Ledger::tag(std::string_view phase, std::string_view layer) {
    if (tags_.size() > std::numeric_limits<std::uint16_t>::max())
        throw std::logic_error("more than 65536 pairs of phase and layer");
    const auto [place, is_new] =
        tag_ids_.try_emplace({std::string(phase), std::string(layer)}, static_cast<Tag>(tags_.size()));
    if (is_new) tags_.emplace_back(phase, layer);
    return place->second;
}

const std::string& Ledger::phase(Tag tag) const { return tags_.at(index(tag)).first; }
const std::string& Ledger::layer(Tag tag) const { return tags_.at(index(tag)).second; }

void Ledger::advance(std::uint64_t picoseconds, Tag tag) {
    if (picoseconds <= now_ps_) return;
    if (tag_ps_.size() <= index(tag)) tag_ps_.resize(index(tag) + 1);
    tag_ps_[index(tag)] += picoseconds - now_ps_;
    now_ps_ = picoseconds;
}

std::map<std::string, std::uint64_t> Ledger::phase_ps() const {
    std::map<std::string, std::uint64_t> sums;
    for (std::size_t tag = 0; tag < tag_ps_.size(); ++tag)
        if (tag_ps_[tag] != 0) sums[tags_[tag].first] += tag_ps_[tag];
    return sums;
}

const Operation& Ledger::operation(OperationId id) const { return operations_.at(index(id)); }

std::vector<Cell> Ledger::cells() const {
    std::vector<Cell> cells;
    for (const auto& [component, meter] : meters_)
        for (std::size_t operation = 0; operation < meter->counts_.size(); ++operation)
            for (std::size_t tag = 0; tag < meter->counts_[operation].size(); ++tag)
                if (const std::uint64_t count = meter->counts_[operation][tag])
                    cells.push_back({component, operation_texts_[operation], tags_[tag].first, tags_[tag].second,
                                     static_cast<OperationId>(operation), count});
    const auto key = [](const Cell& cell) {
        return std::tie(cell.component, cell.operation_text, cell.phase, cell.layer);
    };
    std::sort(cells.begin(), cells.end(), [&](const Cell& a, const Cell& b) { return key(a) < key(b); });
    return cells;
}

std::map<std::string, Activity> Ledger::activity() const {
    std::map<std::string, Activity> activity;
    for (const auto& [component, meter] : meters_) {
        activity[component].busy_ps = meter->busy_;
        for (std::size_t cause = 0; cause < cause_count; ++cause)
            if (meter->stalled_[cause])
                activity[component].stalled_ps[static_cast<Cause>(cause)] = *meter->stalled_[cause];
    }
    return activity;
}

}  // namespace ulpsim::power
