// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

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

/// "1:8112034".
template <class = void>
std::string to_text(const Position& position) {
  return std::to_string(position.epoch) + ":" + std::to_string(position.sequence);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
