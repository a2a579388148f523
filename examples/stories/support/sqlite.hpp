// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

// As much of SQLite as a story needs; what goes wrong is thrown.
namespace story {

/// One row of an answer.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string text(int column) const {
    return reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  }

 private:
  sqlite3_stmt* statement_;
};

/// A database in a file, made where it is not there. A commit is durable when it returns.
class Database {
 public:
  explicit Database(const std::string& path) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(path.c_str(), &opened);
    db_.reset(opened);
    check(code);
    run("PRAGMA synchronous = FULL");
  }

  /// Calls for each row of the answer; what stands for the marks `?` comes behind.
  template <class Each, class... Values>
  void each(std::string_view line, Each&& each, const Values&... values) {
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v2(db_.get(), line.data(), static_cast<int>(line.size()), &made, nullptr));
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(made, &sqlite3_finalize);
    int at = 0;
    (check(bind(made, ++at, values)), ...);
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(made)) == SQLITE_ROW) each(Row(made));
    check(code);
  }
  template <class... Values>
  void run(std::string_view line, const Values&... values) {
    each(
        line, [](const Row&) {}, values...);
  }
  /// The one number that is the answer.
  template <class... Values>
  std::int64_t number(std::string_view line, const Values&... values) {
    std::int64_t found = 0;
    each(
        line, [&](const Row& row) { found = row.number(0); }, values...);
    return found;
  }

 private:
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_.get()));
  }
  static int bind(sqlite3_stmt* statement, int at, std::string_view text) {
    return sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  static int bind(sqlite3_stmt* statement, int at, std::int64_t value) {
    return sqlite3_bind_int64(statement, at, value);
  }
  static int bind(sqlite3_stmt* statement, int at, std::uint64_t value) {
    return sqlite3_bind_int64(statement, at, static_cast<std::int64_t>(value));
  }

  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db_{nullptr, &sqlite3_close};
};

/// Whole or not at all: what is not committed is rolled back.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(&db) { db.run("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    try {
      if (db_ != nullptr) db_->run("ROLLBACK");
    } catch (const std::exception&) {  // SQLite has done it by itself
    }
  }
  void commit() {
    db_->run("COMMIT");
    db_ = nullptr;
  }

 private:
  Database* db_;
};

}  // namespace story
