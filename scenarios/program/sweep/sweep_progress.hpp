#pragma once
#include <chrono>
#include <map>
#include <string>

#include "scenarios/program/sweep/database.hpp"

namespace ulpsim::program {

/// What a sweep shows on standard error while it works: on a terminal how far it is and a line a process; else a line
/// a finished point; nothing when quiet.
class SweepProgress {
public:
    explicit SweepProgress(bool quiet);
    bool is_live() const { return live_; }

    /// Jobs known so far; a search may come up with more.
    void expect(std::size_t jobs) { jobs_ = jobs; }
    /// Done by an earlier sweep, or refused at once.
    void done_before(std::size_t) { ++before_; }
    void start(std::size_t job, const std::string& name, const std::string& how);
    void line(std::size_t job, const std::string& text);
    /// `row`: what it came to; none when it was interrupted.
    void end_of(std::size_t job, const Row* row);
    /// Takes the table away.
    void end();

private:
    struct AtWork {
        std::string name, how, line;
    };
    std::string standing() const;
    void show();

    bool quiet_, live_;
    std::size_t jobs_ = 0, before_ = 0, done_ = 0, failed_ = 0, shown_ = 0;
    std::map<std::size_t, AtWork> at_work_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace ulpsim::program
