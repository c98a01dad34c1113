#include "workloads/recording/resumption.hpp"

#include "models/arithmetic/error.hpp"

namespace ulpsim::workloads {
namespace {

[[noreturn]] void refuse_other_way() {
    throw DataError(
        "the run cannot be resumed: its training does not repeat what stream.bin recorded; allowed: the "
        "program and the data that began it");
}

}  // namespace

template <class Kind>
RecordedCall Resumption::next_call() {
    const std::optional<Record> record = recorded_.next();
    const RecordedCall* call = record ? std::get_if<RecordedCall>(&*record) : nullptr;
    if (call == nullptr || !std::holds_alternative<Kind>(*call->call)) refuse_other_way();
    return *call;
}

Tensor Resumption::allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns,
                            const arithmetic::Format& format, const std::string& name) {
    if (!is_alive()) next_call<Allocation>();
    return executor_.allocate(place, role, rows, columns, format, name);
}

void Resumption::release(Tensor tensor) {
    if (!is_alive()) next_call<Release>();
    executor_.release(tensor);
}

void Resumption::enqueue(const Op& op) {
    if (!is_alive()) next_call<Op>();
    executor_.enqueue(op);
}

void Resumption::program(Place place, std::uint64_t iterations, const Body& body) {
    if (!is_alive()) next_call<Loop>();
    executor_.program(place, iterations, body);
}

void Resumption::write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) {
    if (!is_alive()) next_call<Write>();
    executor_.write(tensor, bytes, phase);
}

std::vector<std::uint8_t> Resumption::read(Tensor tensor, const std::string& phase) {
    if (is_alive()) return executor_.read(tensor, phase);
    const std::string_view bytes = next_call<Read>().bytes;
    executor_.read(tensor, phase);
    return {bytes.begin(), bytes.end()};
}

void Resumption::wait(const std::string& phase) {
    if (!is_alive()) next_call<Wait>();
    executor_.wait(phase);
}

Event Resumption::told(const Event& event) {
    if (is_alive()) return event;
    const std::optional<Record> record = recorded_.next();
    const Event* known = record ? std::get_if<Event>(&*record) : nullptr;
    if (known == nullptr || known->index() != event.index()) refuse_other_way();
    if (std::holds_alternative<Drained>(*known) && --drained_left_ == 0) revive_();
    return *known;
}

}  // namespace ulpsim::workloads
