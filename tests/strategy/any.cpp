// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/strategy/any.hpp>

#include <lifeboat/testing/laws/strategy.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_any {

using namespace lifeboat;

TEST_CASE("a strategy chosen by name is that strategy, and keeps the laws") {
  struct Case {
    const char* name;
    StrategyId id;
    std::uint64_t base;
  };
  const auto archives = chains::chain_of("F i i");
  for (const Case& c : {Case{"full", StrategyId::full, 0}, Case{"incremental", StrategyId::incremental, 3},
                        Case{"differential", StrategyId::differential, 1}}) {
    CAPTURE(c.name);
    const auto strategy = open_strategy<AnyStrategy>({c.name});
    REQUIRE(strategy);
    CHECK(strategy->chosen() == c.id);
    CHECK(strategy_id(*strategy) == c.id);
    CHECK(chains::number_of(strategy->base({archives}, {})) == c.base);
    CHECK(to_string(c.id) == c.name);
    const auto laws = testing::strategy_laws<AnyStrategy>({c.name});
    INFO(laws.report());
    CHECK(laws.all_hold());
  }
}

TEST_CASE("the default of a strategy chosen at run time is incremental") {
  const auto strategy = open_strategy<AnyStrategy>({});
  REQUIRE(strategy);
  CHECK(strategy->chosen() == StrategyId::incremental);
  STATIC_REQUIRE(chosen_at_run_time<AnyStrategy>());
  STATIC_REQUIRE_FALSE(chosen_at_run_time<Full>());
}

TEST_CASE("an unknown strategy is refused with the names there are") {
  const auto strategy = AnyStrategy::open({"hourly"});
  REQUIRE_FALSE(strategy);
  CHECK(strategy.error().id() == ErrorId::usage);
  CHECK(strategy.error().sentence() ==
        "there is no strategy \"hourly\"; there are full, incremental, differential");
  CHECK(strategy.error().next() == "--strategy incremental");
}

}  // namespace test_any
