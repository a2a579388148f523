// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/plan.hpp>

#include "catch.hpp"

namespace test_plan {

using namespace lifeboat;
using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE("a plan is a constant, with an interval for each job") {
  constexpr Plan plan{.backup_every = std::chrono::minutes(15), .keep = {.windows = 8, .age = hours(24 * 90)}};
  STATIC_REQUIRE(plan.backup_every == seconds(900));
  STATIC_REQUIRE(plan.keep.windows == 8);
  STATIC_REQUIRE(longest_interval(plan) == seconds(900));
  STATIC_REQUIRE(longest_interval({.backup_every = seconds(0), .full_every = hours(5)}) == hours(5));
}

TEST_CASE("a strategy is asked with the plan's limits, and takes its full when the plan says") {
  ClockReading now;
  now.wall.seconds = 77;
  CHECK(limits_at({}, now).now->wall == now.wall);
  CHECK(limits_at({.full_every = hours(5)}, now).oldest_full == hours(5));
  CHECK(limits_at({.full_every = seconds(0)}, now).oldest_full == Limits{}.oldest_full);
  CHECK(limits_at({.full_every = hours(5), .limits = {.oldest_full = hours(2)}}, now).oldest_full == hours(2));
  CHECK(limits_at({.limits = {.longest_chain = 9}}, now).longest_chain == 9);
}

}  // namespace test_plan
