// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <lifeboat/core/result.hpp>
#include <lifeboat/core/time.hpp>
#include <lifeboat/core/time_text.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Reads a time from left to right; what does not fit is kept as the sentence that says so.
template <class = void>
class BasicTimeReader {
 public:
  explicit BasicTimeReader(std::string_view text) noexcept : rest_(text) {}

  void read() {
    if (rest_.size() > 4 && rest_[4] == '-') read_day();
    if (!problem_.empty() || (has_day && rest_.empty())) return;
    if (has_day && !take('T') && !take('t') && !take(' ')) return fail("the day is not followed by T and a time");
    read_time();
    if (problem_.empty() && !rest_.empty()) read_offset();
    if (problem_.empty() && !rest_.empty()) fail("there is \"" + std::string(rest_) + "\" behind it");
  }

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  CivilTime civil;
  std::uint32_t nanoseconds = 0;
  int offset = 0;
  unsigned fraction_digits = 0;
  bool has_day = false;
  bool has_offset = false;

 private:
  void read_day() {
    unsigned year = 0;
    has_day = true;
    if (!number(4, 0, 9999, year, "year") || !expect('-') || !number(2, 1, 12, civil.month, "month") || !expect('-') ||
        !number(2, 1, 31, civil.day, "day"))
      return;
    civil.year = year;
    const CivilTime same = civil_of(seconds_of(civil), 0);
    if (same.day != civil.day) fail("that month has no such day");
  }

  void read_time() {
    if (!number(2, 0, 23, civil.hour, "hour") || !expect(':') || !number(2, 0, 59, civil.minute, "minute")) return;
    if (!take(':')) return;
    if (!number(2, 0, 59, civil.second, "second") || !take('.')) return;
    for (std::uint32_t unit = 100'000'000; !rest_.empty() && is_digit(rest_[0]); unit /= 10, ++fraction_digits) {
      if (unit == 0) return fail("nothing finer than nanoseconds is kept");
      nanoseconds += unit * static_cast<std::uint32_t>(rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    if (fraction_digits == 0) fail("the point is followed by no digit");
  }

  void read_offset() {
    has_offset = true;
    if (take('Z') || take('z')) return;
    const bool west = rest_[0] == '-';
    if (!take('+') && !take('-')) {
      has_offset = false;
      return;
    }
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!number(2, 0, 23, hours, "hour of the offset")) return;
    (void)take(':');
    if (!number(2, 0, 59, minutes, "minute of the offset")) return;
    offset = static_cast<int>(hours * 3600 + minutes * 60) * (west ? -1 : 1);
  }

  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  bool take(char c) noexcept {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool expect(char c) {
    if (take(c)) return true;
    std::string problem = "a '?' is missing";
    problem[3] = c;
    fail(std::move(problem));
    return false;
  }
  bool number(unsigned digits, unsigned least, unsigned most, unsigned& value, std::string_view name) {
    value = 0;
    for (unsigned i = 0; i < digits; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) {
        fail("the " + std::string(name) + " has " + std::to_string(digits) + " digits");
        return false;
      }
      value = value * 10 + static_cast<unsigned>(rest_[i] - '0');
    }
    if (value < least || value > most) {
      fail("there is no " + std::string(name) + " " + std::string(rest_.substr(0, digits)));
      return false;
    }
    rest_.remove_prefix(digits);
    return true;
  }
  void fail(std::string problem) { problem_ = std::move(problem); }

  std::string_view rest_;
  std::string problem_;
};
using TimeReader = BasicTimeReader<>;

}  // namespace detail

/// Reads a time with its offset: "2026-11-24T14:03:00+08:00", "...Z", also without seconds, with up to nine digits
/// after the point, with a space for the T. `option` ("--before") stands before each reading that an error proposes;
/// `now` gives the day to propose where none was typed.
/// Errors: time_zone for a time without an offset, with the readings on this machine and in UTC to paste: one on a
/// normal day, two where the clocks go back, none where they skip it; time_syntax for all that is no time.
template <class = void>
Result<Timestamp> parse_time(std::string_view text, Timestamp now, std::string_view option = {}) {
  detail::TimeReader read(text);
  read.read();
  const std::string typed(text);
  std::string before(option);
  if (!before.empty()) before.push_back(' ');
  if (!read.problem().empty())
    return Error{ErrorId::time_syntax, "\"" + typed + "\" is no time: " + read.problem()}
        .next(before + utc_text(now))
        .unchanged();

  if (!read.has_day) {
    const int offset = read.has_offset ? read.offset : local_offset(now.seconds);
    const detail::CivilTime today = detail::civil_of(now.seconds, offset);
    read.civil.year = today.year;
    read.civil.month = today.month;
    read.civil.day = today.day;
  }
  const std::int64_t as_utc = detail::seconds_of(read.civil);
  if (read.has_day && read.has_offset) return Timestamp{as_utc - read.offset, read.nanoseconds};

  const Fraction fraction = read.fraction_digits == 0   ? Fraction::none
                            : read.fraction_digits <= 3 ? Fraction::milliseconds
                                                        : Fraction::nanoseconds;
  const std::string civil = before + detail::civil_text(read.civil, read.nanoseconds, fraction);
  if (read.has_offset)
    return Error{ErrorId::time_syntax, typed + " names no day"}
        .next(civil + (read.offset == 0 ? "Z" : detail::offset_text(read.offset)))
        .unchanged();

  // A day is further than any zone's change: the offsets before and after are those that this reading may have.
  const int earlier = local_offset(as_utc - 86400);
  const int later = local_offset(as_utc + 86400);
  std::string readings;
  const auto propose = [&](int offset) {
    if (local_offset(as_utc - offset) == offset)
      readings.append(civil).append(detail::offset_text(offset)).append(" (this machine) or ");
  };
  propose(earlier);
  if (later != earlier) propose(later);
  return Error{ErrorId::time_zone, typed + (read.has_day ? " names no zone" : " names no day and no zone")}
      .next(readings + civil + "Z")
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
