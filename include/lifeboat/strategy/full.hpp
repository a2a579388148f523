// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/strategy/strategy.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Every archive stands alone: the most to store, the least to trust, and each a recovery window of its own.
struct Full {
  struct Config {};
  static constexpr std::string_view name = "full";
  static constexpr StrategyId id = StrategyId::full;

  static constexpr std::optional<ArchiveId> base(const ChainView&, const Limits&) noexcept { return std::nullopt; }
};

static_assert(Strategy<Full>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
