#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/program/sweep/sweep.hpp"

struct sqlite3;

namespace ulpsim::program {

/// What one point came to with one seed: a row of the table `runs`.
struct Row {
    std::uint64_t point = 0, seed = 0;
    std::string how;      ///< run, replay; empty where it came to neither
    std::string status;   ///< completed, diverged, failed
    int exit_status = 0;  ///< of a failed one: 2 refused, 3 data, 4 the simulation
    std::string message;  ///< of a failed one: its error
    double seconds = 0, energy_j = 0, energy_low_j = 0, energy_high_j = 0, area_mm2 = 0;
    std::optional<double> train_loss, train_accuracy, test_accuracy, gradient_norm;
    /// 1 - test accuracy; of the training samples where there are none to test.
    std::optional<double> error;
    double wall_seconds = 0;
    std::string digest;  ///< of the scenario and the cost figures that it is of (Job)

    bool failed() const { return status == "failed"; }
};

/// DIR/sweep.sqlite: everything that a sweep knows. Each row is a transaction of its own, so a sweep that is killed
/// loses only what was at work.
///
///   sweep(key TEXT PRIMARY KEY, value TEXT)     text (the sweep file), version (of the program), seeds
///   points(point INTEGER PRIMARY KEY, text TEXT)   point from 1; "format=e4m3, rows=32"
///   runs(point INTEGER, seed INTEGER, how TEXT, status TEXT, exit_status INTEGER, message TEXT, seconds REAL,
///        energy_j REAL, energy_low_j REAL, energy_high_j REAL, area_mm2 REAL, train_loss REAL, train_accuracy REAL,
///        test_accuracy REAL, gradient_norm REAL, error REAL, wall_seconds REAL, digest TEXT, PRIMARY KEY(point, seed))
///
/// A point whose scenario is refused has no row: the refusal is found anew each time.
class Database {
public:
    /// Opens or makes it. Throws Error when it is damaged or cannot be written.
    explicit Database(const std::filesystem::path& file);

    std::map<std::string, std::string> facts() const;
    void set_facts(const std::map<std::string, std::string>& facts);
    /// Points numbered from `first` on.
    void put_points(std::uint64_t first, const std::vector<Point>& points);
    void put(const Row& row);
    void remove(std::uint64_t point, std::uint64_t seed);
    /// Of a build whose table may have been another one.
    void remove_rows();
    std::vector<Row> rows() const;

private:
    void execute(const char* text);
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::filesystem::path file_;
    std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace ulpsim::program
