// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/prune_plan.hpp>

#include <lifeboat/schedule/plan_prune.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_prune_plan {

using namespace lifeboat;
using chains::chain_of;
using std::chrono::hours;

TEST_CASE("a plan says what goes, what stays, what vanishes and what it frees, and has one text") {
  const auto chain = chain_of("F i F F");
  auto plan = plan_prune({chain}, {.windows = 2}, hours(1));
  REQUIRE(plan);
  CHECK(plan->goes == std::vector{chains::id_of(1), chains::id_of(2)});
  CHECK(plan->stays == std::vector{chains::id_of(3), chains::id_of(4)});
  CHECK(plan->bytes_freed == 200);
  CHECK(plan->vanishing == std::vector<Timestamp>{chain[0].facts.cut_ended, chain[1].facts.cut_ended});
  REQUIRE(plan->windows.size() == 3);
  CHECK(plan->windows[0].oldest == chain[0].facts.cut_ended);
  CHECK(plan->windows[0].newest == chain[1].facts.cut_ended);
  CHECK(plan->windows[0].stored_bytes == 200);
  CHECK_FALSE(plan->empty());
  CHECK_FALSE(to_string(plan->windows[0].fate).empty());
  const std::string zeros(30, '0');
  CHECK(plan_text(*plan) == "lifeboat prune plan 1\nkeep windows 2\ninterval 3600\n"
                            "goes 01" + zeros + "\ngoes 02" + zeros +
                               "\nstays 03" + zeros + "\nstays 04" + zeros + "\n");
  const std::string before = plan_text(*plan);
  auto grown = chain_of("F i F F i");
  CHECK(plan_text(*plan_prune({grown}, {.windows = 2}, hours(1))) != before);
  CHECK(plan_text(*plan_prune({chain}, {.windows = 2, .age = hours(1)}, hours(1))) != before);
  CHECK(plan_text(*plan_prune({chain}, {.windows = 2}, hours(1))) == before);
  plan->clocks_accepted.push_back(3);
  CHECK(plan_text(*plan).find("accept clock 3\n") != std::string::npos);
}

}  // namespace test_prune_plan
