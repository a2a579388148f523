// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/core/time_text.hpp>

// Values as people read them: binary units, no locale, nothing that a terminal would take for a command.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// A number with `digits` behind the point.
template <class = void>
std::string decimal_text(double value, int digits) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  return end.ec == std::errc() ? std::string(text, end.ptr) : "?";
}

/// "512 B", "1.2 MiB", "212 GiB".
template <class = void>
std::string bytes_text(std::uint64_t bytes) {
  constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return decimal_text(value, value < 99.95 ? 1 : 0).append(" ").append(units[unit]);
}

/// "0.04 s", "12.3 s", "1 min 40 s", "3 h 5 min", "12 d 3 h".
template <class = void>
std::string duration_text(std::uint64_t nanoseconds) {
  const std::uint64_t seconds = nanoseconds / 1'000'000'000U;
  if (seconds < 10) return decimal_text(static_cast<double>(nanoseconds) / 1e9, 2) + " s";
  if (seconds < 60) return decimal_text(static_cast<double>(nanoseconds) / 1e9, 1) + " s";
  const auto two = [](std::uint64_t a, std::string_view first, std::uint64_t b, std::string_view second) {
    std::string text = std::to_string(a).append(" ").append(first);
    if (b != 0) text.append(" ").append(std::to_string(b)).append(" ").append(second);
    return text;
  };
  if (seconds < 3600) return two(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 2 * 86400) return two(seconds / 3600, "h", seconds / 60 % 60, "min");
  return two(seconds / 86400, "d", seconds / 3600 % 24, "h");
}

/// The same in whole seconds: "12 s".
template <class = void>
std::string seconds_text(std::uint64_t seconds) {
  return seconds < 60 ? std::to_string(seconds) + " s" : duration_text(seconds * 1'000'000'000U);
}

/// "1 archive", "3 archives".
template <class = void>
std::string count_text(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

/// "2026-11-24T06:03:00Z (here 2026-11-24T14:03:00+08:00)".
template <class = void>
std::string both_times(Timestamp time) {
  return utc_text(time).append(" (here ").append(local_text(time)).append(")");
}

/// Text that a terminal only shows: control characters and bytes that are no UTF-8 as \n, \t or \x1b.
template <class = void>
std::string printable(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const auto c = static_cast<unsigned char>(text[at]);
    const bool second_controls = length == 2 && c == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (length != 0 && c >= 0x20 && c != 0x7F && !second_controls) {
      shown.append(text.substr(at, length));
      at += length;
      continue;
    }
    for (std::size_t i = 0; i < (length == 0 ? 1 : length); ++i, ++at) {
      const auto raw = static_cast<unsigned char>(text[at]);
      if (raw == '\n')
        shown.append("\\n");
      else if (raw == '\t')
        shown.append("\\t");
      else
        shown.append("\\x").append(1, digits[raw >> 4U]).append(1, digits[raw & 15U]);
    }
  }
  return shown;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
