// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/strategy/differential.hpp>

#include <lifeboat/testing/laws/strategy.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_differential {

using namespace lifeboat;

TEST_CASE("a differential builds on the latest full") {
  struct Case {
    const char* chain;
    std::uint64_t base;
  };
  const Case cases[] = {
      {"", 0},       {"F", 1},      {"F d d", 1},     {"F i i", 1},  {"F d F", 3},
      {"F d F d", 3}, {"F d! d", 1}, {"F! d", 0},     {"F d F! d", 0}, {"F d ds", 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.chain);
    const auto archives = chains::chain_of(c.chain);
    CHECK(chains::number_of(Differential::base({archives}, {})) == c.base);
  }
}

TEST_CASE("Differential keeps the laws of a strategy") {
  const auto laws = testing::strategy_laws<Differential>();
  INFO(laws.report());
  CHECK(laws.all_hold());
  CHECK(laws.holds("a base is in the newest window"));
}

}  // namespace test_differential
