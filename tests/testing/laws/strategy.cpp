// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/testing/laws/strategy.hpp>

#include <lifeboat/strategy/incremental.hpp>

#include "catch.hpp"

namespace test_strategy {

using namespace lifeboat;

namespace {

/// What is wrong with a strategy, so that each law is seen to be broken by something.
enum class Flaw { none, moody, stranger, first_full, any_latest, endless, base_for_full };

template <Flaw flaw>
struct Wrong {
  struct Config {};
  static constexpr std::string_view name = "wrong";
  static constexpr StrategyId id = flaw == Flaw::base_for_full ? StrategyId::full : StrategyId::incremental;

  std::optional<ArchiveId> base(const ChainView& chain, const Limits& limits) const {
    if (chain.archives.empty()) return std::nullopt;
    switch (flaw) {
      case Flaw::moody: {
        static int asked = 0;
        return ++asked % 3 == 0 ? std::nullopt : Incremental::base(chain, limits);
      }
      case Flaw::stranger: return ArchiveId{};
      case Flaw::first_full: return chain.archives.front().facts.archive;
      case Flaw::any_latest: return full_due(chain, limits) == FullDue::no ? latest(chain) : std::nullopt;
      case Flaw::endless: return Incremental::base(chain, {});
      default: return Incremental::base(chain, limits);
    }
  }
  static std::optional<ArchiveId> latest(const ChainView& chain) { return chain.latest()->facts.archive; }
};

template <Flaw flaw>
bool breaks(std::string_view law) {
  const auto laws = testing::strategy_laws<Wrong<flaw>>();
  INFO(laws.report());
  CHECK_FALSE(laws.all_hold());
  return !laws.holds(law);
}

/// Chosen when it is opened, and not to be opened with 0.
struct Choosy {
  struct Config {
    int choice = 0;
  };
  static constexpr std::string_view name = "choosy";
  static constexpr StrategyId id = StrategyId::incremental;
  static Result<Choosy> open(Config config) {
    if (config.choice == 0) return Error{ErrorId::config, "choose"};
    return Choosy{};
  }
  static std::optional<ArchiveId> base(const ChainView& chain, const Limits& limits) {
    return Incremental::base(chain, limits);
  }
};

}  // namespace

TEST_CASE("each law of a strategy is broken by what it is there for") {
  CHECK(breaks<Flaw::moody>("the same chain has the same base"));
  CHECK(breaks<Flaw::stranger>("a base is an archive of the chain"));
  CHECK(breaks<Flaw::first_full>("a base is in the newest window"));
  CHECK(breaks<Flaw::any_latest>("a base is not lost, nor what it refers to"));
  CHECK(breaks<Flaw::endless>("no base where a limit is reached"));
  CHECK(breaks<Flaw::endless>("no chain grows without end"));
  CHECK(breaks<Flaw::base_for_full>("full never has a base"));
  const auto laws = testing::strategy_laws<Wrong<Flaw::none>>();
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("a strategy that can not be opened keeps no law") {
  CHECK_FALSE(testing::strategy_laws<Choosy>().all_hold());
  CHECK(testing::strategy_laws<Choosy>({1}).all_hold());
}

}  // namespace test_strategy
