// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <utility>

#include <lifeboat/archive/chain_view.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/strategy/limits.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Which archive a new one builds on: a pure function of the chain.
///
/// Minimal definition: a default constructible class with
/// - `name`, `struct Config`, and `static constexpr StrategyId id`: how its archives are recorded;
/// - `base(chain, limits)`, static or const: the archive to build on, or none for a full.
/// It may have `static Result<S> open(Config)`, and then need not be default constructible.
///
/// Laws (lifeboat/testing/laws/strategy.hpp runs them):
/// - the same chain and limits give the same answer;
/// - a base is an archive of the chain, in its newest recovery window, not lost, and refers to none that is;
/// - no base where a limit is reached (full_due in strategy/window.hpp), so that no chain grows without end;
/// - one whose id is full never has a base.
///
/// Models: Full, Incremental, Differential, AnyStrategy.
/// Errors: none; what `open` answers where there is one.
template <class S>
concept Strategy =
    std::movable<S> &&
    requires {
      typename S::Config;
      { S::name } -> std::convertible_to<std::string_view>;
      { S::id } -> std::convertible_to<StrategyId>;
    } && requires(const S& strategy, const ChainView& chain, const Limits& limits) {
      { strategy.base(chain, limits) } -> std::same_as<std::optional<ArchiveId>>;
    };

/// Opens a strategy.
template <Strategy S>
Result<S> open_strategy(typename S::Config config) {
  if constexpr (requires { S::open(std::move(config)); })
    return S::open(std::move(config));
  else
    return S{};
}

/// Whether a strategy is chosen at run time only: then compile-time rules answer "ask at open".
template <Strategy S>
consteval bool chosen_at_run_time() {
  if constexpr (requires { bool{S::at_run_time}; })
    return S::at_run_time;
  else
    return false;
}

/// How this strategy's archives are recorded.
template <Strategy S>
constexpr StrategyId strategy_id(const S& strategy) noexcept {
  if constexpr (chosen_at_run_time<S>())
    return strategy.chosen();
  else
    return S::id;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
