// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <lifeboat/core/result.hpp>

// Numbers with units as people type them: "10GiB", "15min", "26h".
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

inline constexpr Unit byte_units[] = {
    {"B", 1},        {"KiB", 1ULL << 10U}, {"MiB", 1ULL << 20U},    {"GiB", 1ULL << 30U},       {"TiB", 1ULL << 40U},
    {"kB", 1000ULL}, {"MB", 1000'000ULL},  {"GB", 1000'000'000ULL}, {"TB", 1000'000'000'000ULL}};
inline constexpr Unit time_units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};

namespace detail {

/// Digits, then a unit of the table; false where it is neither or does not fit into 63 bits.
template <std::size_t N>
constexpr bool parse_amount(std::string_view text, const Unit (&units)[N], std::uint64_t& amount) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t number = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    const auto digit = static_cast<std::uint64_t>(text[digits] - '0');
    if (number > (most - digit) / 10) return false;
    number = number * 10 + digit;
  }
  if (digits == 0 || text.back() == ' ') return false;
  std::string_view name = text.substr(digits);
  while (name.starts_with(' ')) name.remove_prefix(1);
  for (const Unit& unit : units)
    if (unit.name == name && number <= most / unit.size) {
      amount = number * unit.size;
      return true;
    }
  return false;
}

template <class = void>
Error no_amount(std::string_view option, std::string_view text, std::string_view what, std::string_view example) {
  return Error{ErrorId::usage,
               std::string(option) + " takes " + std::string(what) + ", not \"" + std::string(text) + "\""}
      .next(std::string(option) + " " + std::string(example))
      .unchanged();
}

}  // namespace detail

/// "26h", "15min", "90s", "30d", "2w". Errors: usage, naming the option.
template <class = void>
Result<std::chrono::seconds> parse_duration(std::string_view option, std::string_view text) {
  std::uint64_t seconds = 0;
  if (!detail::parse_amount(text, time_units, seconds))
    return detail::no_amount(option, text, "a time in s, min, h, d or w", "26h");
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

/// Bytes per second: "20MiB", "500kB". Errors: usage, naming the option.
template <class = void>
Result<std::uint64_t> parse_rate(std::string_view option, std::string_view text) {
  std::uint64_t bytes = 0;
  if (!detail::parse_amount(text, byte_units, bytes) || bytes == 0)
    return detail::no_amount(option, text, "bytes per second", "20MiB");
  return bytes;
}

/// A budget of either bytes or time; zero is none.
struct Budget {
  std::uint64_t bytes = 0;
  std::chrono::seconds time{0};
};

/// "10GiB" or "15min". Errors: usage.
template <class = void>
Result<Budget> parse_budget(std::string_view option, std::string_view text) {
  std::uint64_t amount = 0;
  Budget budget;
  if (detail::parse_amount(text, byte_units, amount) && amount != 0) {
    budget.bytes = amount;
    return budget;
  }
  if (detail::parse_amount(text, time_units, amount) && amount != 0) {
    budget.time = std::chrono::seconds(static_cast<std::int64_t>(amount));
    return budget;
  }
  return detail::no_amount(option, text, "bytes (10GiB) or a time (15min)", "10GiB");
}

/// A whole number of at least `least`. Errors: usage.
template <class = void>
Result<std::uint64_t> parse_number(std::string_view option, std::string_view text, std::uint64_t least,
                                   std::uint64_t most) {
  constexpr Unit one[] = {{"", 1}};
  std::uint64_t amount = 0;
  if (!detail::parse_amount(text, one, amount) || amount < least || amount > most)
    return detail::no_amount(option, text, "a number from " + std::to_string(least) + " to " + std::to_string(most),
                             std::to_string(least == 0 ? 1 : least));
  return amount;
}
template <class = void>
Result<std::uint32_t> parse_count(std::string_view option, std::string_view text, std::uint32_t least,
                                  std::uint32_t most) {
  LIFEBOAT_TRY(const std::uint64_t amount, parse_number(option, text, least, most));
  return static_cast<std::uint32_t>(amount);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
