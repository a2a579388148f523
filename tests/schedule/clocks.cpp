// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/clocks.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_clocks {

using namespace lifeboat;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t year = 365 * day;

/// What the judgement of each archive is, as a letter: good, accepted, suspect, follows. `days` are the clocks.
std::string judged(const std::vector<double>& days, const std::vector<std::size_t>& accepted = {}) {
  std::vector<ArchiveRecord> archives(days.size());
  for (std::size_t i = 0; i < days.size(); ++i) {
    archives[i].clock.wall.seconds = 50 * year + static_cast<std::int64_t>(days[i] * day);
    archives[i].clock.boot_id = chains::id_of(i + 1);
  }
  for (const std::size_t i : accepted) archives[i].clock_accepted = true;
  std::string text;
  for (const ClockTrust trust : judge_clocks({archives}, hours(24))) text.push_back("gasf"[static_cast<int>(trust)]);
  return text;
}

ClockReading reading(std::int64_t wall, std::uint64_t boot, std::uint64_t booted_seconds) {
  ClockReading r;
  r.wall.seconds = wall;
  r.boot_id = chains::id_of(boot);
  r.boot_nanoseconds = booted_seconds * 1'000'000'000U;
  return r;
}

}  // namespace

TEST_CASE("a clock that goes on by the plan is good") {
  CHECK(judged({}).empty());
  CHECK(judged({0}) == "g");
  CHECK(judged({0, 1, 2, 3}) == "gggg");
  CHECK(judged({0, 0, 0}) == "ggg");
  CHECK(judged({0, 2, 4}) == "ggg");        // the interval and a day
  CHECK(judged({0, 2.0001, 3}) == "gsg");
  CHECK(judged({0, 2.0001, 3.1}) == "gsf");
  CHECK(judged({0, 1, 0.9999}) == "ggs");
}

TEST_CASE("one backup with a wrong clock is suspect, and not those after it") {
  CHECK(judged({0, 1, 2 + 7300, 3, 4}) == "ggsgg");
  CHECK(judged({0, 1, -10000, 3, 4}) == "ggsgg");
  CHECK(judged({0, 1, 2 + 7300, 3 + 7300, 4}) == "ggsfg");
  CHECK(judged({0, 1, 100, 200, 3}) == "ggssg");
  CHECK(judged({7300, 1, 2, 3}) == "gsff");  // nobody can tell which one is wrong: the first that differs is named
}

TEST_CASE("a step that is accepted goes on from there, and one that was noise is passed over") {
  CHECK(judged({0, 1, 400, 401, 402}) == "ggsff");
  CHECK(judged({0, 1, 400, 401, 402}, {2}) == "ggagg");
  CHECK(judged({0, 1, 400, 2, 3}, {2}) == "ggagg");
  CHECK(judged({0, 1, 400, 401, 2}, {2}) == "ggags");
  CHECK(judged({0, 1, 2}, {1}) == "ggg");  // there was nothing to accept
}

TEST_CASE("an archive is accepted by name with the call, too") {
  auto archives = chains::chain_of("F i i");
  archives[1].clock.wall.seconds += 20 * year;
  CHECK(judge_clocks({archives}, hours(1))[1] == ClockTrust::suspect);
  const ArchiveId name = archives[1].facts.archive;
  CHECK(judge_clocks({archives}, hours(1), {&name, 1})[1] == ClockTrust::accepted);
}

TEST_CASE("the boot clock explains a step, within one boot") {
  CHECK(clock_agrees(reading(0, 1, 0), reading(30 * day, 1, 30 * day), hours(1)));
  CHECK_FALSE(clock_agrees(reading(0, 1, 0), reading(30 * day, 2, 30 * day), hours(1)));
  CHECK_FALSE(clock_agrees(reading(0, 1, 0), reading(30 * day, 1, 3600), hours(1)));
  CHECK_FALSE(clock_agrees(reading(0, 1, 0), reading(20 * year, 1, 30 * day), hours(1)));
  CHECK_FALSE(clock_agrees(reading(0, 0, 0), reading(30 * day, 0, 30 * day), hours(1)));  // zeros: not known
  CHECK_FALSE(clock_agrees(reading(0, 1, 30 * day), reading(30 * day, 1, 0), hours(1)));
  CHECK(clock_agrees(reading(100, 1, 50), reading(99, 1, 51), hours(1)));  // set right by two seconds
  CHECK_FALSE(clock_agrees(reading(1000, 1, 50), reading(500, 1, 51), hours(1)));
}

TEST_CASE("an interval that was not given, or is negative, leaves a day") {
  CHECK(clock_agrees(reading(0, 1, 0), reading(day, 2, 0), seconds(0)));
  CHECK_FALSE(clock_agrees(reading(0, 1, 0), reading(day + 1, 2, 0), seconds(-5)));
  CHECK(clock_agrees(reading(0, 1, 0), reading(year, 2, 0), seconds::max()));
}

}  // namespace test_clocks
