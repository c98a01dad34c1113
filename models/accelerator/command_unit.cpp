#include "models/accelerator/command_unit.hpp"

#include <algorithm>
#include <cmath>

#include "models/memory/access.hpp"

namespace ulpsim::models {

sc_core::sc_time cycles_to_time(std::uint64_t cycles, double clock_mhz) {
    const double ps = static_cast<double>(cycles) * 1e6 / clock_mhz;
    return sc_core::sc_time::from_value(static_cast<std::uint64_t>(std::llround(ps)));
}

void Retirement::retire(Queue queue) {
    const auto q = static_cast<std::size_t>(queue);
    ++count[q];
    if (count[q] >= awaited[q]) {
        awaited[q] = never[q];  // those woken too early say again what they wait for
        event[q].notify();
    }
    if (count[q] == watched[q]) interrupt.notify();
}

sc_core::sc_time wait_until_retired(Retirement& retirement, const Tokens& tokens) {
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    for (std::size_t queue = 0; queue < queue_count; ++queue) {
        while (retirement.count[queue] < tokens[queue]) {
            retirement.awaited[queue] = std::min(retirement.awaited[queue], tokens[queue]);
            sc_core::wait(retirement.event[queue]);
        }
    }
    return sc_core::sc_time_stamp() - start;
}

CommandUnit::CommandUnit(const sc_core::sc_module_name& name, Queue queue, unsigned depth, double clock_mhz,
                         Retirement& retirement, power::Ledger& ledger, power::Meter& meter)
    : sc_module(name),
      id_(queue),
      depth_(depth),
      clock_mhz_(clock_mhz),
      retirement_(retirement),
      ledger_(ledger),
      meter_(meter) {
    SC_HAS_PROCESS(CommandUnit);
    SC_THREAD(run);
}

void CommandUnit::push(const Command& command) {
    queue_.push_back(command);
    pushed_.notify();
}

void CommandUnit::run() {
    try {
        for (;;) {
            while (queue_.empty()) wait(pushed_);
            const Command& command = queue_.front();  // stays in its place while others are pushed behind it
            wait_for_tokens(command);
            execute(command);
            ledger_.advance(picoseconds(sc_core::sc_time_stamp()), command.tag);
            queue_.pop_front();
            popped_.notify();
            retirement_.retire(id_);
        }
    } catch (const sc_core::sc_unwind_exception&) {
        throw;  // the kernel ends the process
    } catch (...) {
        retirement_.error = std::current_exception();
        sc_core::sc_stop();
    }
}

void CommandUnit::wait_for_tokens(const Command& command) {
    const sc_core::sc_time waited = wait_until_retired(retirement_, command.wait);
    if (waited != sc_core::SC_ZERO_TIME) meter_.stalled(power::Cause::dependency, picoseconds(waited));
}

void CommandUnit::spend(std::uint64_t cycles, std::uint64_t port_stall) {
    const sc_core::sc_time work = cycles_to_time(cycles, clock_mhz_);
    const sc_core::sc_time all = cycles_to_time(cycles + port_stall, clock_mhz_);
    meter_.busy(picoseconds(work));
    if (port_stall != 0) meter_.stalled(power::Cause::port, picoseconds(all - work));
    wait(all);
}

}  // namespace ulpsim::models
