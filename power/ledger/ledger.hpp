#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "power/ledger/operation.hpp"

namespace ulpsim::power {

/// Dense ids; the texts behind them are interned by the ledger.
enum class OperationId : std::uint32_t {};
/// A phase and a layer, as a program names them.
enum class Tag : std::uint16_t {};
enum class Cause : std::uint8_t { dependency, memory, port, queue_full };  ///< why a component stalls
inline constexpr std::size_t cause_count = 4;

class Ledger;

/// What one component did. Counting is two array look-ups; nothing here knows a joule.
class Meter {
public:
    /// Call at construction, keep the id. The same operation gives the same id.
    OperationId intern(const Operation& operation);
    void count(OperationId operation, Tag tag, std::uint64_t n);
    /// Time in picoseconds that the component worked, or stalled for a cause; idle is the rest of the run.
    void busy(std::uint64_t picoseconds) { busy_ += picoseconds; }
    void stalled(Cause cause, std::uint64_t picoseconds) {
        std::optional<std::uint64_t>& sum = stalled_[static_cast<std::size_t>(cause)];
        sum = sum.value_or(0) + picoseconds;
    }

    const std::string& component() const { return component_; }

private:
    friend class Ledger;
    Meter(std::string component, Ledger& ledger) : component_(std::move(component)), ledger_(ledger) {}
    std::string component_;
    Ledger& ledger_;
    std::vector<std::vector<std::uint64_t>> counts_;  // [operation][tag]
    std::uint64_t busy_ = 0;
    std::array<std::optional<std::uint64_t>, cause_count> stalled_{};  // of causes that have been reported
};

struct Cell {
    std::string component, operation_text, phase, layer;
    OperationId operation;
    std::uint64_t count = 0;
};

struct Activity {
    std::uint64_t busy_ps = 0;
    std::map<Cause, std::uint64_t> stalled_ps;
};

/// What the meters have counted at one moment; priced later, when the machine's inventory is complete.
struct Snapshot {
    std::vector<Cell> cells;                        ///< as Ledger::cells()
    std::map<std::string, std::uint64_t> phase_ps;  ///< as Ledger::phase_ps()
};

/// All meters of a platform, the names of operations and tags, and which phase the program was in when.
class Ledger {
public:
    Ledger();
    Ledger(const Ledger&) = delete;  // meters refer to it
    Ledger& operator=(const Ledger&) = delete;
    /// One a component; the reference stays valid. Throws std::logic_error when the name is taken.
    Meter& meter(std::string component);

    Tag tag(std::string_view phase, std::string_view layer);
    const std::string& phase(Tag tag) const;
    const std::string& layer(Tag tag) const;

    /// The phase `other`, layer `-`: what no program claims.
    static constexpr Tag unclaimed{0};

    /// The program was in `tag`'s phase from the last call's time to `picoseconds`; earlier times are passed over.
    void advance(std::uint64_t picoseconds, Tag tag);
    std::uint64_t now_ps() const { return now_ps_; }
    /// Time in each phase so far; sums to now_ps().
    std::map<std::string, std::uint64_t> phase_ps() const;

    const Operation& operation(OperationId id) const;
    /// Every non-zero cell, sorted by component, operation text, phase, layer.
    std::vector<Cell> cells() const;
    Snapshot snapshot() const { return {cells(), phase_ps()}; }
    std::map<std::string, Activity> activity() const;

private:
    friend class Meter;
    OperationId intern(const Operation& operation);

    std::map<std::string, std::unique_ptr<Meter>> meters_;
    std::vector<Operation> operations_;
    std::vector<std::string> operation_texts_;
    std::map<std::string, OperationId> operation_ids_;
    std::vector<std::pair<std::string, std::string>> tags_;
    std::map<std::pair<std::string, std::string>, Tag, std::less<>> tag_ids_;
    std::vector<std::uint64_t> tag_ps_;  // [tag]
    std::uint64_t now_ps_ = 0;
};

}  // namespace ulpsim::power
