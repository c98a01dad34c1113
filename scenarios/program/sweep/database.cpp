#include "scenarios/program/sweep/database.hpp"

#include <sqlite3.h>

#include "models/arithmetic/error.hpp"

namespace ulpsim::program {
namespace {

constexpr const char* tables =
    "CREATE TABLE IF NOT EXISTS sweep(key TEXT PRIMARY KEY, value TEXT);"
    "CREATE TABLE IF NOT EXISTS points(point INTEGER PRIMARY KEY, text TEXT);"
    "CREATE TABLE IF NOT EXISTS runs(point INTEGER, seed INTEGER, how TEXT, status TEXT, exit_status INTEGER,"
    " message TEXT, seconds REAL, energy_j REAL, energy_low_j REAL, energy_high_j REAL, area_mm2 REAL,"
    " train_loss REAL, train_accuracy REAL, test_accuracy REAL, gradient_norm REAL, error REAL, wall_seconds REAL,"
    " digest TEXT, PRIMARY KEY(point, seed));";

[[noreturn]] void refuse(const std::filesystem::path& file, sqlite3* database) {
    throw Error(file.string() + ": " + sqlite3_errmsg(database) + "; allowed: a sweep's database that can be written");
}

/// One prepared statement, its values bound from left to right, its columns read from left to right.
class Statement {
public:
    Statement(const std::filesystem::path& file, sqlite3* database, const char* text)
        : file_(file), database_(database) {
        if (sqlite3_prepare_v2(database, text, -1, &statement_, nullptr) != SQLITE_OK) refuse(file, database);
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(const std::string& text) {
        sqlite3_bind_text(statement_, ++bound_, text.c_str(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
        return *this;
    }
    Statement& bind(std::uint64_t number) {
        sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(number));
        return *this;
    }
    Statement& bind(double number) {
        sqlite3_bind_double(statement_, ++bound_, number);
        return *this;
    }
    Statement& bind(const std::optional<double>& number) {
        if (number) return bind(*number);
        ++bound_;  // stays NULL
        return *this;
    }
    /// True where there is a row.
    bool step() {
        column_ = 0;
        const int status = sqlite3_step(statement_);
        if (status != SQLITE_ROW && status != SQLITE_DONE) refuse(file_, database_);
        return status == SQLITE_ROW;
    }
    void read(std::string& text) {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_++));
        text = bytes == nullptr ? "" : bytes;
    }
    void read(std::uint64_t& number) {
        number = static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column_++));
    }
    void read(int& number) { number = sqlite3_column_int(statement_, column_++); }
    void read(double& number) { number = sqlite3_column_double(statement_, column_++); }
    void read(std::optional<double>& number) {
        number.reset();
        if (sqlite3_column_type(statement_, column_) != SQLITE_NULL)
            number = sqlite3_column_double(statement_, column_);
        ++column_;
    }

private:
    const std::filesystem::path& file_;
    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0, column_ = 0;
};

}  // namespace

void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Database::Database(const std::filesystem::path& file) : file_(file) {
    sqlite3* opened = nullptr;
    const int status = sqlite3_open(file.c_str(), &opened);
    database_.reset(opened);
    if (status != SQLITE_OK) refuse(file, opened);
    // A reader beside the sweep (a second terminal, a report) locks the file for a moment.
    sqlite3_busy_timeout(database_.get(), 10'000);
    execute(tables);
}

std::map<std::string, std::string> Database::facts() const {
    std::map<std::string, std::string> facts;
    Statement statement(file_, database_.get(), "SELECT key, value FROM sweep");
    while (statement.step()) {
        std::string key;
        statement.read(key);
        statement.read(facts[key]);
    }
    return facts;
}

void Database::set_facts(const std::map<std::string, std::string>& facts) {
    execute("BEGIN");
    for (const auto& [key, value] : facts)
        Statement(file_, database_.get(), "INSERT OR REPLACE INTO sweep VALUES(?, ?)").bind(key).bind(value).step();
    execute("COMMIT");
}

void Database::execute(const char* text) {
    if (sqlite3_exec(database_.get(), text, nullptr, nullptr, nullptr) != SQLITE_OK) refuse(file_, database_.get());
}

void Database::put_points(std::uint64_t first, const std::vector<Point>& points) {
    execute("BEGIN");
    for (const Point& point : points) {
        Statement(file_, database_.get(), "INSERT OR REPLACE INTO points VALUES(?, ?)")
            .bind(first++)
            .bind(point_text(point))
            .step();
    }
    execute("COMMIT");
}

void Database::put(const Row& row) {
    Statement(file_, database_.get(),
              "INSERT OR REPLACE INTO runs VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(row.point)
        .bind(row.seed)
        .bind(row.how)
        .bind(row.status)
        .bind(static_cast<std::uint64_t>(row.exit_status))
        .bind(row.message)
        .bind(row.seconds)
        .bind(row.energy_j)
        .bind(row.energy_low_j)
        .bind(row.energy_high_j)
        .bind(row.area_mm2)
        .bind(row.train_loss)
        .bind(row.train_accuracy)
        .bind(row.test_accuracy)
        .bind(row.gradient_norm)
        .bind(row.error)
        .bind(row.wall_seconds)
        .bind(row.digest)
        .step();
}

void Database::remove(std::uint64_t point, std::uint64_t seed) {
    Statement(file_, database_.get(), "DELETE FROM runs WHERE point = ? AND seed = ?").bind(point).bind(seed).step();
}

void Database::remove_rows() {
    execute("DROP TABLE runs");
    execute(tables);
}

std::vector<Row> Database::rows() const {
    std::vector<Row> rows;
    Statement statement(file_, database_.get(), "SELECT * FROM runs ORDER BY point, seed");
    while (statement.step()) {
        Row& row = rows.emplace_back();
        statement.read(row.point);
        statement.read(row.seed);
        statement.read(row.how);
        statement.read(row.status);
        statement.read(row.exit_status);
        statement.read(row.message);
        for (double* figure : {&row.seconds, &row.energy_j, &row.energy_low_j, &row.energy_high_j, &row.area_mm2})
            statement.read(*figure);
        for (std::optional<double>* figure :
             {&row.train_loss, &row.train_accuracy, &row.test_accuracy, &row.gradient_norm, &row.error})
            statement.read(*figure);
        statement.read(row.wall_seconds);
        statement.read(row.digest);
    }
    return rows;
}

}  // namespace ulpsim::program
