// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/function_ref.hpp>
#include <lifeboat/restore/statement.hpp>

// Statements as CSV: quoting by RFC 4180, a header that names the columns.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The longest line of a statement, its quotes and all.
inline constexpr std::size_t statement_line_max = 64U << 10U;

/// What becomes of each line: its fields, and the number of the line that it begins on.
using EachFields = FunctionRef<Status(const StatementFields&, std::uint64_t)>;

/// Reads CSV as it comes. Memory: the longest line.
template <class = void>
class BasicCsvReader {
 public:
  explicit BasicCsvReader(std::string name) : name_(std::move(name)) {}

  /// Errors: statement, naming the line; what `each` answers.
  Status feed(ByteView bytes, EachFields each) {
    for (const std::byte b : bytes) LIFEBOAT_CHECK(take(std::to_integer<char>(b), each));
    return ok();
  }
  /// The end of the file. Errors: as feed.
  Status finish(EachFields each) {
    if (state_ == State::quoted) return wrong("a quote is not closed");
    if (state_ == State::carriage) return wrong("a carriage return stands alone");
    if (state_ != State::start || !row_.empty() || !ends_.empty()) LIFEBOAT_CHECK(end_row(each));
    if (columns_.empty()) return wrong("there is no header: key,position,time,amount,currency,client,state");
    return ok();
  }

 private:
  enum class State : std::uint8_t { start, plain, quoted, quote, carriage };

  Error wrong(std::string_view what) const {
    return Error{ErrorId::statement, name_ + ", line " + std::to_string(begins_) + ": " + std::string(what)}
        .next(show_statement_line(name_, begins_))
        .unchanged();
  }

  Status take(char c, EachFields each) {
    if (++taken_ > statement_line_max) return wrong("it has more than 64 KiB");
    switch (state_) {
      case State::quoted:
        if (c == '\n') ++line_;
        if (c == '"')
          state_ = State::quote;
        else
          row_.push_back(c);
        return ok();
      case State::carriage:
        if (c != '\n') return wrong("a carriage return stands alone");
        return end_row(each);
      case State::quote:
        if (c == '"') {
          row_.push_back(c);
          state_ = State::quoted;
          return ok();
        }
        if (c != ',' && c != '\n' && c != '\r') return wrong("something stands behind a closing quote");
        break;
      case State::start:
        if (c == '"') {
          state_ = State::quoted;
          return ok();
        }
        break;
      case State::plain:
        if (c == '"') return wrong("a quote stands inside a field that does not begin with one");
        break;
    }
    if (c == ',') {
      ends_.push_back(row_.size());
      state_ = State::start;
      return ok();
    }
    if (c == '\r') {
      state_ = State::carriage;
      return ok();
    }
    if (c == '\n') return end_row(each);
    state_ = State::plain;
    row_.push_back(c);
    return ok();
  }

  Status end_row(EachFields each) {
    const bool empty = row_.empty() && ends_.empty() && taken_ <= 2 && state_ != State::quote;  // not even a quote
    ends_.push_back(row_.size());
    Status done = empty ? ok() : columns_.empty() ? read_header() : read_row(each);
    row_.clear();
    ends_.clear();
    taken_ = 0;
    state_ = State::start;
    begins_ = ++line_;
    return done;
  }

  [[nodiscard]] std::string_view field(std::size_t i) const noexcept {
    const std::size_t from = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(row_).substr(from, ends_[i] - from);
  }

  Status read_header() {
    if (field(0).starts_with("\xef\xbb\xbf")) {  // what some programs put before UTF-8
      row_.erase(0, 3);
      for (std::size_t& end : ends_) end -= 3;
    }
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      std::size_t column = 0;
      while (column < statement_columns.size() && statement_columns[column] != field(i)) ++column;
      if (column == statement_columns.size()) return wrong("the column " + std::string(field(i)) + " is not known");
      for (const std::size_t before : columns_)
        if (before == column) return wrong("the column " + std::string(field(i)) + " stands there twice");
      columns_.push_back(column);
    }
    for (const std::size_t column : columns_)
      if (column == 0) return ok();
    return wrong("there is no column key");
  }
  Status read_row(EachFields each) {
    if (ends_.size() != columns_.size())
      return wrong("it has " + std::to_string(ends_.size()) + " fields, and the header " +
                   std::to_string(columns_.size()));
    StatementFields fields{};
    for (std::size_t i = 0; i < ends_.size(); ++i) fields[columns_[i]] = field(i);
    return each(fields, begins_);
  }

  std::string name_;
  State state_ = State::start;
  std::string row_;                ///< the fields' bytes, without their quotes
  std::vector<std::size_t> ends_;  ///< of each field in it
  std::vector<std::size_t> columns_;
  std::size_t taken_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t begins_ = 1;
};
using CsvReader = BasicCsvReader<>;

/// The header that `csv_line` goes with.
template <class = void>
std::string csv_header() {
  std::string line;
  for (const std::string_view column : statement_columns) line.append(line.empty() ? "" : ",").append(column);
  return line.append("\n");
}

/// A line of a statement as CSV, with its end.
template <class = void>
std::string csv_line(const StatementLine& line) {
  std::string out;
  for (const std::string& text : statement_texts(line)) {
    if (!out.empty()) out.push_back(',');  // a key is never empty
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      out.append(text);
      continue;
    }
    out.push_back('"');
    for (const char c : text) out.append(c == '"' ? 2U : 1U, c);
    out.push_back('"');
  }
  return out.append("\n");
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
