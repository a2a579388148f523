// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstdint>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The only order there is: the epoch rises on every promotion and every restore, the sequence within it. A directory
/// without a log counts the generations of its chain.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
  friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
