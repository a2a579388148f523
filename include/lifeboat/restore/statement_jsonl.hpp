// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/restore/statement_csv.hpp>

// Statements as JSON lines: one flat object a line (RFC 8259), its values texts, or numbers for an amount.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Reads one flat object. `problem` says what is wrong.
template <class = void>
class BasicFlatJson {
 public:
  /// `ours`: members that no statement has are left aside.
  BasicFlatJson(std::string_view text, bool ours) noexcept : rest_(text), ours_(ours) {}

  bool read(std::array<std::string, statement_columns.size()>& values) {
    std::array<bool, statement_columns.size()> seen{};
    if (!expect('{')) return fail("it is no object");
    skip();
    if (!take('}')) {
      do {
        std::string name;
        if (!text(name)) return false;
        std::size_t column = 0;
        while (column < statement_columns.size() && statement_columns[column] != name) ++column;
        const bool known = column < statement_columns.size();
        if (!known && !ours_) return fail("the member " + name + " is not known");
        if (known && std::exchange(seen[column], true)) return fail("the member " + name + " stands there twice");
        if (!expect(':')) return fail("a colon is missing");
        if (name == "unknown_records") {
          if (!number(unknown_)) return false;
          continue;
        }
        std::string aside;
        if (!value(known ? values[column] : aside, column)) return false;
      } while (skip(), take(','));
      if (!take('}')) return fail("a comma or the closing brace is missing");
    }
    skip();
    return rest_.empty() || fail("something stands behind the object");
  }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// Records of the group, in a list of ours, whose keys nobody knows.
  [[nodiscard]] std::uint64_t unknown() const noexcept { return unknown_; }

 private:
  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }
  void skip() noexcept {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\r')) rest_.remove_prefix(1);
  }
  bool take(char c) noexcept {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool expect(char c) noexcept {
    skip();
    return take(c);
  }

  bool number(std::uint64_t& value) {
    skip();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) return fail("a number is missing");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  bool value(std::string& out, std::size_t column) {
    skip();
    if (rest_.starts_with("null")) {
      rest_.remove_prefix(4);
      return true;
    }
    if (!rest_.empty() && rest_[0] == '"') return text(out);
    if (column == statement_columns.size() || statement_columns[column] != "amount") return fail("a value is no text");
    // As it is written, never as a floating point number; what is no decimal is refused with the line.
    const std::size_t end = rest_.find_first_not_of("-0123456789.");
    out.assign(rest_.substr(0, end));
    rest_.remove_prefix(out.size());
    return !out.empty() || fail("a value is neither a text nor an amount");
  }

  bool text(std::string& out) {
    if (!expect('"')) return fail("a text is missing");
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\') {
        rest_.remove_prefix(1);
        if (!escape(out)) return fail("an escape is none");
        continue;
      }
      const std::size_t length = utf8_length(rest_, 0);
      if (length == 0 || static_cast<unsigned char>(rest_[0]) < 0x20)
        return fail("a text has a control character, or bytes that are no UTF-8");
      out.append(rest_.substr(0, length));
      rest_.remove_prefix(length);
    }
    return take('"') || fail("a text is not closed");
  }

  bool escape(std::string& out) {
    if (rest_.empty()) return false;
    const char c = rest_[0];
    rest_.remove_prefix(1);
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = names.find(c); at != std::string_view::npos) {
      out.push_back(meant[at]);
      return true;
    }
    unsigned point = 0;
    if (c != 'u' || !hex(point)) return false;
    if (point >= 0xdc00 && point <= 0xdfff) return false;
    if (point >= 0xd800 && point <= 0xdbff) {
      unsigned low = 0;
      if (!take('\\') || !take('u') || !hex(low) || low < 0xdc00 || low > 0xdfff) return false;
      point = 0x10000 + ((point - 0xd800) << 10U) + (low - 0xdc00);
    }
    const auto byte = [&](unsigned value) { out.push_back(static_cast<char>(value)); };
    if (point < 0x80 || (ours_ && point < 0x100)) {  // our own lists escape bytes that are no UTF-8
      byte(point);
    } else if (point < 0x800) {
      byte(0xc0 | point >> 6U);
      byte(0x80 | (point & 0x3fU));
    } else {
      if (point < 0x10000) {
        byte(0xe0 | point >> 12U);
      } else {
        byte(0xf0 | point >> 18U);
        byte(0x80 | (point >> 12U & 0x3fU));
      }
      byte(0x80 | (point >> 6U & 0x3fU));
      byte(0x80 | (point & 0x3fU));
    }
    return true;
  }
  bool hex(unsigned& value) noexcept {
    if (rest_.size() < 4) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, value, 16);
    if (error != std::errc{} || end != rest_.data() + 4) return false;
    rest_.remove_prefix(4);
    return true;
  }

  std::string_view rest_;
  bool ours_;
  std::uint64_t unknown_ = 0;
  std::string problem_;
};
using FlatJson = BasicFlatJson<>;

}  // namespace detail

/// Reads JSON lines as they come. Memory: the longest line.
template <class = void>
class BasicJsonlReader {
 public:
  /// `ours`: the list that a restore leaves of what is undone, which has more members, and lines without a key. It may
  /// have records whose keys are not known: an error, unless `unknown` counts them.
  explicit BasicJsonlReader(std::string name, bool ours = false, std::uint64_t* unknown = nullptr)
      : name_(std::move(name)), ours_(ours), unknown_(unknown) {}

  /// Errors: statement, naming the line; what `each` answers.
  Status feed(ByteView bytes, EachFields each) {
    std::string_view text = as_text(bytes);
    while (true) {
      const std::size_t end = text.find('\n');
      if (line_.size() + std::min(end, text.size()) > statement_line_max) return wrong("it has more than 64 KiB");
      line_.append(text.substr(0, end));
      if (end == std::string_view::npos) return ok();
      LIFEBOAT_CHECK(end_line(each));
      text.remove_prefix(end + 1);
    }
  }
  /// The end of the file. Errors: as feed.
  Status finish(EachFields each) { return end_line(each); }

 private:
  Error wrong(std::string_view what) const {
    return Error{ErrorId::statement, name_ + ", line " + std::to_string(number_) + ": " + std::string(what)}
        .next(show_statement_line(name_, number_))
        .unchanged();
  }

  Status end_line(EachFields each) {
    if (line_.find_first_not_of(" \t\r") != std::string::npos) {
      std::array<std::string, statement_columns.size()> values;
      detail::FlatJson json(line_, ours_);
      if (!json.read(values)) return wrong(json.problem());
      if (json.unknown() != 0 && unknown_ == nullptr)
        return wrong("it has records whose keys are not known: state the loss as unknown");
      if (unknown_ != nullptr) *unknown_ += json.unknown();
      StatementFields fields{};
      for (std::size_t i = 0; i < values.size(); ++i) fields[i] = values[i];
      if (!ours_ || !fields[0].empty()) LIFEBOAT_CHECK(each(fields, number_));
    }
    line_.clear();
    ++number_;
    return ok();
  }

  std::string name_;
  bool ours_;
  std::uint64_t* unknown_;
  std::string line_;
  std::uint64_t number_ = 1;
};
using JsonlReader = BasicJsonlReader<>;

/// A line of a statement as JSON, with its end. Errors: statement for a text that is no UTF-8: CSV holds any bytes.
template <class = void>
Result<std::string> jsonl_line(const StatementLine& line) {
  std::string out = "{";
  const auto texts = statement_texts(line);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    out.append(out.size() == 1 ? "\"" : ",\"").append(statement_columns[i]).append("\":\"");
    for (std::string_view rest = texts[i]; !rest.empty();) {
      const std::size_t length = utf8_length(rest, 0);
      if (length == 0)
        return Error{ErrorId::statement, "a " + std::string(statement_columns[i]) +
                                             " is no UTF-8, which JSON can not hold: write it as CSV"}
            .unchanged();
      const auto c = static_cast<unsigned char>(rest[0]);
      if (c < 0x20) {
        const std::byte raw[2] = {std::byte{0}, static_cast<std::byte>(c)};
        out.append("\\u").append(to_hex(raw));
      } else {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.append(rest.substr(0, length));
      }
      rest.remove_prefix(length);
    }
    out.push_back('"');
  }
  return out.append("}\n");
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
