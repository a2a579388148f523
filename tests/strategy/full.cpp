// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/strategy/full.hpp>

#include <lifeboat/testing/laws/strategy.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_full {

using namespace lifeboat;

TEST_CASE("a full builds on nothing, whatever there is") {
  for (const char* text : {"", "F", "F i i", "F! F", "F d d"}) {
    const auto archives = chains::chain_of(text);
    CHECK_FALSE(Full::base({archives}, {}));
  }
  STATIC_REQUIRE(Full::id == StrategyId::full);
}

TEST_CASE("Full keeps the laws of a strategy") {
  const auto laws = testing::strategy_laws<Full>();
  INFO(laws.report());
  CHECK(laws.all_hold());
}

}  // namespace test_full
