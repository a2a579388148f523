// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <lifeboat/strategy/differential.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/strategy/incremental.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A strategy chosen by name when it is opened, as the program needs it. Rules that are compile-time elsewhere are
/// asked of `chosen()` at open.
/// Errors: usage for an unknown name, with the names there are.
template <class = void>
class BasicAnyStrategy {
 public:
  struct Config {
    std::string name = "incremental";
  };
  static constexpr std::string_view name = "any";
  static constexpr StrategyId id = StrategyId::incremental;  ///< the default's; `chosen()` is the one that counts
  static constexpr bool at_run_time = true;

  static Result<BasicAnyStrategy> open(Config config) {
    if (config.name == Full::name) return BasicAnyStrategy(Full::id, Full::base);
    if (config.name == Incremental::name) return BasicAnyStrategy(Incremental::id, Incremental::base);
    if (config.name == Differential::name) return BasicAnyStrategy(Differential::id, Differential::base);
    return Error{ErrorId::usage,
                 "there is no strategy \"" + config.name + "\"; there are full, incremental, differential"}
        .next("--strategy incremental")
        .unchanged();
  }

  [[nodiscard]] constexpr StrategyId chosen() const noexcept { return chosen_; }
  [[nodiscard]] constexpr std::optional<ArchiveId> base(const ChainView& chain, const Limits& limits) const noexcept {
    return base_(chain, limits);
  }

 private:
  using Base = std::optional<ArchiveId>(const ChainView&, const Limits&) noexcept;
  constexpr BasicAnyStrategy(StrategyId which, Base* function) noexcept : chosen_(which), base_(function) {}

  StrategyId chosen_;
  Base* base_;
};
using AnyStrategy = BasicAnyStrategy<>;

static_assert(Strategy<AnyStrategy>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
