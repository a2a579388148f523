// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/strategy/strategy.hpp>
#include <lifeboat/strategy/window.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Builds on the latest full: every archive needs that one and no other.
struct Differential {
  struct Config {};
  static constexpr std::string_view name = "differential";
  static constexpr StrategyId id = StrategyId::differential;

  static constexpr std::optional<ArchiveId> base(const ChainView& chain, const Limits& limits) noexcept {
    if (full_due(chain, limits) != FullDue::no) return std::nullopt;
    const ArchiveRecord* full = newest_full(chain);
    if (!can_be_built_on(chain, *full)) return std::nullopt;
    return full->facts.archive;
  }
};

static_assert(Strategy<Differential>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
