#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "workloads/executor/executor.hpp"
#include "workloads/recording/stream.hpp"

namespace ulpsim::workloads {

/// An executor that hands every call on to another one and writes it down. What it writes goes to `sink` in pieces, at
/// the latest when end() is called.
class Recorder final : public Executor {
public:
    using Sink = std::function<void(const std::string& bytes)>;
    Recorder(Executor& executor, const Problem& problem, Sink sink);

    Tensor allocate(Place place, Role role, std::uint64_t rows, std::uint64_t columns, const arithmetic::Format& format,
                    const std::string& name) override;
    void release(Tensor tensor) override;
    void enqueue(const Op& op) override;
    void program(Place place, std::uint64_t iterations, const Body& body) override;
    void write(Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) override;
    std::vector<std::uint8_t> read(Tensor tensor, const std::string& phase) override;
    void wait(const std::string& phase) override;
    std::vector<std::uint8_t> peek(Tensor tensor) override { return executor_.peek(tensor); }  // no part of the run

    /// An event of the training program, told in its place among the calls.
    void event(const Event& event) { stream_.add(event); }
    void end(Status status);
    /// Gives the sink what it has not had yet.
    void flush() { sink_(stream_.take()); }
    /// The tensors that there are, by id.
    const std::map<std::uint32_t, Tensor>& tensors() const { return tensors_; }

private:
    void add(const Call& call, std::uint64_t number = 0);

    Executor& executor_;
    Sink sink_;
    StreamWriter stream_;
    std::map<std::uint32_t, Tensor> tensors_;
};

/// Makes the calls of a stream to `executor`, whose read() results are not looked at, and tells its events to
/// `observer`, which may end it early. Gives the status of the recorded run, or Status::interrupted. Throws
/// std::runtime_error where the stream is damaged.
Status replay(StreamReader& stream, Executor& executor, const Observer& observer);

}  // namespace ulpsim::workloads
