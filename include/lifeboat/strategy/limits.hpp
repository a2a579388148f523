// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <lifeboat/core/time.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// When a strategy that builds on others takes a full all the same, so that no chain grows without end.
struct Limits {
  std::uint32_t longest_chain = 200;                   ///< archives in one recovery window, its full included
  std::uint32_t increments_percent = 200;              ///< bytes stored by a window's increments, against its full
  std::uint64_t increments_ignored = 64ULL << 20U;     ///< bytes of increments below which that is not asked
  std::chrono::seconds oldest_full = std::chrono::hours(31 * 24);
  std::optional<ClockReading> now = std::nullopt;      ///< what the clock says; without it no age is asked
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
