// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/elapsed.hpp>

#include <limits>

#include "catch.hpp"

namespace test_elapsed {

using namespace lifeboat;
using std::chrono::seconds;

namespace {

constexpr ClockReading reading(std::int64_t wall, unsigned char boot, std::uint64_t booted) {
  ClockReading r;
  r.wall.seconds = wall;
  r.boot_id.bytes[0] = std::byte{boot};
  r.boot_nanoseconds = booted * 1'000'000'000U;
  return r;
}

}  // namespace

TEST_CASE("seconds between two moments are rounded down and never overflow") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(seconds_between({10, 0}, {12, 0}) == seconds(2));
  CHECK(seconds_between({10, 1}, {12, 0}) == seconds(1));
  CHECK(seconds_between({10, 0}, {12, 999'999'999}) == seconds(2));
  CHECK(seconds_between({12, 0}, {10, 0}) == seconds(-2));
  CHECK(seconds_between({12, 1}, {12, 0}) == seconds(-1));
  CHECK(seconds_between({least, 0}, {most, 0}) == seconds(most));
  CHECK(seconds_between({most, 0}, {least, 0}) == seconds(least));
  CHECK(seconds_between({0, 1}, {least, 0}) == seconds(least));
  CHECK(seconds_between({-5, 0}, {5, 0}) == seconds(10));
}

TEST_CASE("time that passed is told by the boot clock where it can, else by the wall clock, else by nobody") {
  CHECK(elapsed(reading(100, 1, 50), reading(900, 1, 80)) == seconds(30));
  CHECK(elapsed(reading(100, 1, 50), reading(5, 1, 80)) == seconds(30));
  CHECK(elapsed(reading(100, 1, 50), reading(900, 2, 80)) == seconds(800));
  CHECK(elapsed(reading(100, 1, 80), reading(900, 1, 50)) == seconds(800));  // no boot clock goes back
  CHECK(elapsed(reading(100, 0, 50), reading(900, 0, 80)) == seconds(800));  // zeros: not known
  CHECK_FALSE(elapsed(reading(100, 1, 50), reading(99, 2, 80)));
}

}  // namespace test_elapsed
