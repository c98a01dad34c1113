#pragma once
#include <functional>
#include <string>
#include <vector>

namespace ulpsim::program {

/// A piece of work for a process of its own: SystemC elaborates one machine a process.
struct Task {
    std::string name;
    /// In the child. `say` sends a line of progress to the parent; the result is the exit status.
    std::function<int(const std::function<void(const std::string&)>& say, bool live)> work;
};

struct Outcome {
    int status = 0;       ///< exit status; 4 when a signal ended the child
    std::string message;  ///< the last line when the status is not 0
};

/// Child processes at work. Each is in a process group of its own, so that Ctrl-C at the terminal reaches it once, from
/// the parent.
class ChildPool {
public:
    using OnLine = std::function<void(std::size_t id, const std::string& line)>;
    using OnEnd = std::function<void(std::size_t id, const Outcome& outcome)>;

    /// `live`: what the children are told of the terminal. `last_signal`: what they get when the parent dies.
    ChildPool(bool live, int last_signal) : live_(live), last_signal_(last_signal) {}

    /// `id` is the caller's, none of those at work.
    void start(std::size_t id, const Task& task);
    std::size_t running() const { return children_.size(); }
    /// Waits a fifth of a second at most for lines and ends.
    void listen(const OnLine& on_line, const OnEnd& on_end);
    /// Passes Ctrl-C on to the children, whose ends are still to be waited for.
    void interrupt() const;

private:
    struct Child {
        std::size_t id = 0;
        int pid = -1, pipe = -1;
        std::string unread, last;
    };
    /// False when the child has ended.
    static bool hear(Child& child, const OnLine& on_line);
    static Outcome outcome_of(const Child& child);

    bool live_;
    int last_signal_;
    std::vector<Child> children_;
};

}  // namespace ulpsim::program
