#include "workloads/recording/stream.hpp"

namespace ulpsim::workloads {
namespace {

enum : std::uint64_t { record_end, record_event, record_new, record_again };

std::string stream_structure() { return "1:" + structure<Call>() + structure<Event>() + structure<Problem>(); }

/// Operation numbers that a call uses up.
std::uint64_t numbers_of(const Call& call) {
    if (std::holds_alternative<Op>(call)) return 1;
    const auto* loop = std::get_if<Loop>(&call);
    return loop ? loop->iterations * loop->body.ops.size() : 0;
}

}  // namespace

StreamWriter::StreamWriter(const Problem& problem) {
    out_.put(stream_structure());
    out_.put(problem);
}

void StreamWriter::add(const Call& call, std::uint64_t number) {
    ByteWriter key;
    key.put(call);
    const std::uint64_t numbers = numbers_of(call);
    const auto step = static_cast<std::int64_t>(number - last_number_);
    if (numbers > 0) last_number_ = number + numbers - 1;
    const auto [known, fresh] = dictionary_.try_emplace(key.take(), dictionary_.size());
    if (fresh) {
        out_.whole(record_new);
        out_.put(call);
        if (numbers > 0) out_.put(step);
    } else if (numbers > 0 && step != 1) {
        out_.whole(record_again + 1 + 2 * known->second);
        out_.put(step);
    } else {
        out_.whole(record_again + 2 * known->second);
    }
}

void StreamWriter::add_result(const std::vector<std::uint8_t>& bytes) {
    out_.whole(bytes.size());
    out_.raw({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void StreamWriter::add(const Event& event) {
    out_.whole(record_event);
    out_.put(event);
}

void StreamWriter::end(Status status) {
    out_.whole(record_end);
    out_.put(status);
}

StreamReader::StreamReader(std::string_view bytes) : in_(bytes) {
    if (in_.get<std::string>() != stream_structure()) throw std::runtime_error("it was written by another version");
    in_.read(problem_);
}

std::optional<Record> StreamReader::next() {
    if (in_.empty()) return std::nullopt;
    const std::uint64_t kind = in_.whole();
    if (kind == record_end) return in_.get<Status>();
    if (kind == record_event) return in_.get<Event>();
    if (kind != record_new) return recorded((kind - record_again) / 2, (kind - record_again) % 2 == 1);
    dictionary_.push_back(std::make_unique<Call>(in_.get<Call>()));
    return recorded(dictionary_.size() - 1, numbers_of(*dictionary_.back()) > 0);
}

RecordedCall StreamReader::recorded(std::uint64_t index, bool with_step) {
    if (index >= dictionary_.size()) throw std::runtime_error("it names a call that it does not hold");
    RecordedCall call{.call = dictionary_[index].get(), .number = 0, .bytes = {}};
    if (const std::uint64_t numbers = numbers_of(*call.call); numbers > 0) {
        call.number = last_number_ + (with_step ? static_cast<std::uint64_t>(in_.get<std::int64_t>()) : 1);
        last_number_ = call.number + numbers - 1;
    } else if (std::holds_alternative<Read>(*call.call)) {
        call.bytes = in_.raw(in_.whole());
    }
    return call;
}

}  // namespace ulpsim::workloads
