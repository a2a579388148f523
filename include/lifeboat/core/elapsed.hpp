// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include <lifeboat/core/time.hpp>

// How much time lies between two readings of clocks that somebody may have set in between.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Whole seconds from one moment to another, rounded down; what does not fit is the largest or smallest that does.
constexpr std::chrono::seconds seconds_between(Timestamp from, Timestamp to) noexcept {
  using Range = std::numeric_limits<std::int64_t>;
  std::int64_t seconds = 0;
  if (__builtin_sub_overflow(to.seconds, from.seconds, &seconds))
    return std::chrono::seconds(from.seconds < 0 ? Range::max() : Range::min());
  if (to.nanoseconds < from.nanoseconds && seconds != Range::min()) --seconds;
  return std::chrono::seconds(seconds);
}

/// Seconds that the boot clock counted between two readings; none where they are of different boots, of a machine that
/// states no boot id, or in the wrong order.
constexpr std::optional<std::chrono::seconds> booted_between(const ClockReading& from,
                                                             const ClockReading& to) noexcept {
  if (from.boot_id == Id{} || from.boot_id != to.boot_id || to.boot_nanoseconds < from.boot_nanoseconds)
    return std::nullopt;
  return std::chrono::seconds((to.boot_nanoseconds - from.boot_nanoseconds) / 1'000'000'000U);
}

/// Seconds that passed between two readings: by the boot clock where it can tell, which nobody sets, else by the wall
/// clock; none where that went back, so that nobody can tell.
constexpr std::optional<std::chrono::seconds> elapsed(const ClockReading& from, const ClockReading& to) noexcept {
  if (const auto booted = booted_between(from, to)) return booted;
  const std::chrono::seconds walled = seconds_between(from.wall, to.wall);
  if (walled.count() < 0) return std::nullopt;
  return walled;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
