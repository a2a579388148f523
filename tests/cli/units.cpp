// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/units.hpp>

#include "catch.hpp"

namespace test_units {

using namespace lifeboat;
using namespace lifeboat::cli;

TEST_CASE("times with units") {
  CHECK(*parse_duration("--max-age", "26h") == std::chrono::hours(26));
  CHECK(*parse_duration("--max-age", "15min") == std::chrono::minutes(15));
  CHECK(*parse_duration("--max-age", "30 d") == std::chrono::hours(30 * 24));
  CHECK(*parse_duration("--grace", "0s") == std::chrono::seconds(0));
  for (const char* wrong :
       {"", "h", "26", "26 hours", "-1h", "1.5h", "99999999999999999999s", "9223372036854775807w"}) {
    const auto refused = parse_duration("--max-age", wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::usage);
    CHECK(refused.error().next() == "--max-age 26h");
  }
}

TEST_CASE("a budget is of bytes or of time") {
  CHECK(parse_budget("--budget", "10GiB")->bytes == 10ULL << 30U);
  CHECK(parse_budget("--budget", "5MB")->bytes == 5'000'000);
  CHECK(parse_budget("--budget", "15min")->time == std::chrono::minutes(15));
  CHECK(parse_budget("--budget", "15min")->bytes == 0);
  for (const char* wrong : {"", "10", "0B", "0s", "10gib", "9999999999TiB"})
    CHECK_FALSE(parse_budget("--budget", wrong));
}

TEST_CASE("a rate is bytes in a second") {
  CHECK(*parse_rate("--limit-rate", "20MiB") == 20ULL << 20U);
  for (const char* wrong : {"", "10", "0B", "15min", "-1MB"}) CHECK_FALSE(parse_rate("--limit-rate", wrong));
}

TEST_CASE("counts have limits") {
  CHECK(*parse_count("--threads", "8", 1, 4096) == 8);
  for (const char* wrong : {"0", "4097", "x", "", "-1", "8 "}) CHECK_FALSE(parse_count("--threads", wrong, 1, 4096));
}

}  // namespace test_units
