// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/strategy/incremental.hpp>

#include <lifeboat/testing/laws/strategy.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_incremental {

using namespace lifeboat;

TEST_CASE("an incremental builds on the latest archive that serves") {
  struct Case {
    const char* chain;
    std::uint64_t base;
  };
  const Case cases[] = {
      {"", 0},
      {"F", 1},
      {"F i i", 3},
      {"F i F", 3},
      {"F i F i i", 5},
      {"F d d", 3},
      {"F i i!", 2},      // the lost one is passed over
      {"F i! i", 1},      // the latest refers to what is lost
      {"F! i i", 0},      // all of the window refer to what is lost
      {"F i F!", 0},      // never back into an older window
      {"F i is", 2},      // what the shrunken one misses may come back
      {"F i iS", 3},      // accepted: that is what the source is now
      {"F i s is", 1},    // a run of shrunken ones: the last whole one
      {"F is i", 3},      // whole again
      {"F i i Fs", 4},    // nothing else in the newest window
      {"F i i Fs is", 5},
      {"F! i s", 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.chain);
    const auto archives = chains::chain_of(c.chain);
    CHECK(chains::number_of(Incremental::base({archives}, {})) == c.base);
  }
}

TEST_CASE("Incremental keeps the laws of a strategy") {
  const auto laws = testing::strategy_laws<Incremental>();
  INFO(laws.report());
  CHECK(laws.all_hold());
  CHECK(laws.holds("a base is in the newest window"));
  CHECK(laws.holds("no base where a limit is reached"));
}

}  // namespace test_incremental
