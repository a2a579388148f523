// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/strategy/limits.hpp>

#include <lifeboat/strategy/incremental.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_limits {

using namespace lifeboat;
using chains::chain_of;

TEST_CASE("a full is due when the chain is as long as its limit") {
  const auto archives = chain_of("F i i F i");
  CHECK(full_due({archives}, {.longest_chain = 3}) == FullDue::no);
  CHECK(full_due({archives}, {.longest_chain = 2}) == FullDue::chain_length);
  CHECK(full_due({archives}, {.longest_chain = 0}) == FullDue::chain_length);
  CHECK(full_due({}, {}) == FullDue::first);
}

TEST_CASE("a full is due when the increments of the newest window have outgrown it") {
  auto archives = chain_of("F i F i i");
  archives[1].facts.stored_bytes = 1'000'000;  // an older window is not asked
  archives[2].facts.stored_bytes = 10'000;
  archives[3].facts.stored_bytes = 3'000;
  archives[4].facts.stored_bytes = 2'100;
  const ChainView chain{archives};
  CHECK(full_due(chain, {.increments_percent = 50, .increments_ignored = 0}) == FullDue::increments_size);
  CHECK(full_due(chain, {.increments_percent = 51, .increments_ignored = 0}) == FullDue::no);
  CHECK(full_due(chain, {.increments_percent = 50, .increments_ignored = 5'101}) == FullDue::no);
  archives[3].facts.stored_bytes = ~std::uint64_t{0};
  CHECK(full_due(chain, {.increments_ignored = ~std::uint64_t{0}}) == FullDue::increments_size);
}

TEST_CASE("a full is due when it is as old as its limit, by the clock that nobody sets where there is one") {
  testing::FakeClock clock;
  auto archives = chain_of("F i");
  archives[0].clock = clock.now();
  const ChainView chain{archives};
  const auto due = [&] { return full_due(chain, {.oldest_full = std::chrono::hours(1), .now = clock.now()}); };
  CHECK(due() == FullDue::no);
  clock.step_wall(20LL * 365 * 86400 * 1'000'000'000);
  CHECK(due() == FullDue::no);
  clock.pass_seconds(3599);
  CHECK(due() == FullDue::no);
  clock.pass_seconds(1);
  CHECK(due() == FullDue::age);

  clock.reboot(chains::id_of(77));  // now only the wall clock can tell
  clock.set_wall({archives[0].clock.wall.seconds - 1, 0});
  CHECK(due() == FullDue::no);
  clock.set_wall({archives[0].clock.wall.seconds + 3600, 0});
  CHECK(due() == FullDue::age);
  CHECK(full_due(chain, {.oldest_full = std::chrono::seconds(0)}) == FullDue::no);  // nobody said what time it is
}

TEST_CASE("whatever is reached, the strategy takes a full") {
  const auto archives = chain_of("F i i");
  CHECK(Incremental::base({archives}, {}));
  CHECK_FALSE(Incremental::base({archives}, {.longest_chain = 3}));
  CHECK(Incremental::base({archives}, {.increments_percent = 200, .increments_ignored = 0}));
  CHECK_FALSE(Incremental::base({archives}, {.increments_percent = 199, .increments_ignored = 0}));
  CHECK_FALSE(to_string(FullDue::age).empty());
}

}  // namespace test_limits
