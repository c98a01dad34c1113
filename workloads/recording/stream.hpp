#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "workloads/executor/body.hpp"
#include "workloads/recording/fields.hpp"
#include "workloads/recording/problem.hpp"
#include "workloads/training/training.hpp"

// The operation stream of a run: every call that its training program made to the Executor, in program order, with the
// events between them. Data-dependent decisions (a skipped update, a change of formats) are in it as what was called, so
// a machine of the same architecture can be driven by it without the data and without arithmetic.
//
//   stream  = structure (string), Problem, record...
//   record  = 0, Status                     the end
//           | 1, Event
//           | 2, Call                       a call that is new: it joins the dictionary, which counts from 0
//           | 3 + 2 i                       call i of the dictionary once more
//           | 4 + 2 i, step                 the same for an Op or Loop whose number is not the last one's plus 1
//   After a Read, new or not: the number of its bytes, the bytes.
//
// Values are written as fields.hpp says. An Op in the dictionary has the number 0: its number is the last Op's plus 1,
// or plus `step` (signed); a new Op is followed by its step. A Loop is numbered by its first Op in the same way, and its
// last iteration's last Op is the last one after it. A training step repeats the calls of an earlier one, so it
// costs a byte or two a call, and deflate finds the repetition.

namespace ulpsim::workloads {

struct Allocation {
    Tensor tensor;  ///< as the executor gave it
    Role role = Role::input;
    std::string name;
};
struct Release {
    Tensor tensor;
};
struct Write {
    Tensor tensor;
    std::string phase;
};
struct Read {
    Tensor tensor;
    std::string phase;
};
struct Wait {
    std::string phase;
};
/// Executor::program.
struct Loop {
    Place place = Place::accelerator;
    std::uint64_t iterations = 0;
    Body body;  ///< its numbers less that of its first Op
};
using Call = std::variant<Op, Loop, Allocation, Release, Write, Read, Wait>;

/// A call as the stream gives it.
struct RecordedCall {
    const Call* call = nullptr;
    std::uint64_t number = 0;  ///< of an Op, or of a Loop's first one
    std::string_view bytes;    ///< of a Read: its result
};
using Record = std::variant<Status, Event, RecordedCall>;

/// Turns calls and events into the bytes of a stream.
class StreamWriter {
public:
    explicit StreamWriter(const Problem& problem);
    /// `number`: of an Op, whose own is 0 here, or of a Loop's first Op.
    void add(const Call& call, std::uint64_t number = 0);
    void add_result(const std::vector<std::uint8_t>& bytes);
    void add(const Event& event);
    void end(Status status);

    std::size_t pending() const { return out_.bytes().size(); }
    /// The bytes since the last time.
    std::string take() { return out_.take(); }

private:
    ByteWriter out_;
    std::unordered_map<std::string, std::uint64_t> dictionary_;
    std::uint64_t last_number_ = 0;
};

/// Reads a stream that lies in memory and stays there. Throws std::runtime_error where it is damaged or of a program
/// with another structure.
class StreamReader {
public:
    explicit StreamReader(std::string_view bytes);
    const Problem& problem() const { return problem_; }
    /// The next record; nothing where the bytes end without an end of the run.
    std::optional<Record> next();

private:
    RecordedCall recorded(std::uint64_t index, bool with_step);

    ByteReader in_;
    Problem problem_;
    std::vector<std::unique_ptr<Call>> dictionary_;
    std::uint64_t last_number_ = 0;
};

}  // namespace ulpsim::workloads
