#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/executor/executor.hpp"

namespace ulpsim::test {

/// An Executor that passes everything on and, after every Op, takes the bytes of every live tensor down.
class Witness final : public workloads::Executor {
public:
    struct Statement {
        std::string op;      ///< phase and layer of the Op
        std::string tensor;  ///< name
        std::vector<std::uint8_t> bytes;
        friend bool operator==(const Statement&, const Statement&) = default;
    };

    explicit Witness(workloads::Executor& executor) : executor_(executor) {}
    std::vector<Statement> statements;

    workloads::Tensor allocate(workloads::Place place, workloads::Role role, std::uint64_t rows, std::uint64_t columns,
                               const arithmetic::Format& format, const std::string& name) override {
        const workloads::Tensor tensor = executor_.allocate(place, role, rows, columns, format, name);
        live_.emplace_back(tensor, name);
        return tensor;
    }
    void release(workloads::Tensor tensor) override {
        std::erase_if(live_, [&](const auto& entry) { return entry.first.id == tensor.id; });
        executor_.release(tensor);
    }
    void enqueue(const workloads::Op& op) override {
        executor_.enqueue(op);
        state(op.phase + " " + op.layer);
    }
    void program(workloads::Place place, std::uint64_t iterations, const workloads::Body& body) override {
        executor_.program(place, iterations, body);
        state("loop of " + std::to_string(iterations));
    }
    void write(workloads::Tensor tensor, const std::vector<std::uint8_t>& bytes, const std::string& phase) override {
        executor_.write(tensor, bytes, phase);
    }
    std::vector<std::uint8_t> read(workloads::Tensor tensor, const std::string& phase) override {
        return executor_.read(tensor, phase);
    }
    void wait(const std::string& phase) override { executor_.wait(phase); }
    std::vector<std::uint8_t> peek(workloads::Tensor tensor) override { return executor_.peek(tensor); }

private:
    void state(const std::string& op) {
        executor_.wait("other");
        for (const auto& [tensor, name] : live_) statements.push_back({op, name, executor_.peek(tensor)});
    }

    workloads::Executor& executor_;
    std::vector<std::pair<workloads::Tensor, std::string>> live_;
};

}  // namespace ulpsim::test
