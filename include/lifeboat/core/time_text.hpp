// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <time.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <lifeboat/core/result.hpp>
#include <lifeboat/core/time.hpp>

// Times as people read and type them (RFC 3339), without locale. The zone of the machine is asked of localtime_r alone.
namespace lifeboat::inline LIFEBOAT_ABI {

/// How much of a second is printed; the rest is cut, never rounded up into a time that has not come.
enum class Fraction : std::uint8_t { none = 0, milliseconds = 3, nanoseconds = 9 };

namespace detail {

/// A reading of a calendar and a clock on the wall. What was not given stays what it was.
struct CivilTime {
  std::int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

/// Days from 1970-01-01 to a day of the Gregorian calendar, counted in eras of 400 years that begin on March 1.
constexpr std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) noexcept {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t of_era = y - era * 400;
  const std::int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/// Seconds from 1970 to a reading, as if it were UTC.
constexpr std::int64_t seconds_of(const CivilTime& t) noexcept {
  return days_of(t.year, t.month, t.day) * 86400 + t.hour * 3600 + t.minute * 60 + t.second;
}

/// The reading `offset` seconds east of Greenwich, at any moment that a Timestamp can state.
constexpr CivilTime civil_of(std::int64_t seconds, int offset) noexcept {
  std::int64_t days = seconds / 86400;
  std::int64_t of_day = seconds % 86400 + offset;
  for (; of_day < 0; of_day += 86400) --days;
  for (; of_day >= 86400; of_day -= 86400) ++days;

  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const std::int64_t of_era = shifted - era * 146097;
  const std::int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * of_year + 2) / 153;

  CivilTime t;
  t.day = static_cast<unsigned>(of_year - (153 * march_month + 2) / 5 + 1);
  t.month = static_cast<unsigned>(march_month < 10 ? march_month + 3 : march_month - 9);
  t.year = year_of_era + era * 400 + (t.month <= 2 ? 1 : 0);
  t.hour = static_cast<unsigned>(of_day / 3600);
  t.minute = static_cast<unsigned>(of_day / 60 % 60);
  t.second = static_cast<unsigned>(of_day % 60);
  return t;
}

template <class = void>
void append_padded(std::string& text, std::uint64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) text.append(width - digits.size(), '0');
  text.append(digits);
}

/// "2026-11-24T14:03:00.250": four digits of year, or as many as it has, with a sign, where it has others.
template <class = void>
std::string civil_text(const CivilTime& t, std::uint32_t nanoseconds, Fraction fraction) {
  std::string text;
  if (t.year < 0 || t.year > 9999) text.push_back(t.year < 0 ? '-' : '+');
  append_padded(text, static_cast<std::uint64_t>(t.year < 0 ? -t.year : t.year), 4);
  append_padded(text.append("-"), t.month, 2);
  append_padded(text.append("-"), t.day, 2);
  append_padded(text.append("T"), t.hour, 2);
  append_padded(text.append(":"), t.minute, 2);
  append_padded(text.append(":"), t.second, 2);
  if (fraction == Fraction::milliseconds) append_padded(text.append("."), nanoseconds / 1'000'000, 3);
  if (fraction == Fraction::nanoseconds) append_padded(text.append("."), nanoseconds, 9);
  return text;
}

/// "+08:00". Zones of long ago had seconds: those are printed too ("+08:05:43").
template <class = void>
std::string offset_text(int offset) {
  std::string text(1, offset < 0 ? '-' : '+');
  const auto size = static_cast<unsigned>(offset < 0 ? -offset : offset);
  append_padded(text, size / 3600, 2);
  append_padded(text.append(":"), size / 60 % 60, 2);
  if (size % 60 != 0) append_padded(text.append(":"), size % 60, 2);
  return text;
}

}  // namespace detail

/// Seconds that this machine's zone is east of Greenwich at a moment; 0 for moments that the zone does not reach.
template <class = void>
int local_offset(std::int64_t seconds) noexcept {
  const time_t moment = seconds;
  tm local{};
  return ::localtime_r(&moment, &local) != nullptr ? static_cast<int>(local.tm_gmtoff) : 0;
}

/// "2026-11-24T06:03:00Z".
template <class = void>
std::string utc_text(Timestamp time, Fraction fraction = Fraction::none) {
  return detail::civil_text(detail::civil_of(time.seconds, 0), time.nanoseconds, fraction) + "Z";
}

/// "2026-11-24T14:03:00+08:00", in the zone of this machine.
template <class = void>
std::string local_text(Timestamp time, Fraction fraction = Fraction::none) {
  const int offset = local_offset(time.seconds);
  return detail::civil_text(detail::civil_of(time.seconds, offset), time.nanoseconds, fraction) +
         detail::offset_text(offset);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
