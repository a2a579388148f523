// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"

namespace test_fake_clock {

using namespace lifeboat;
using testing::FakeClock;

TEST_CASE("a fake clock stands still, and goes on when time passes") {
  FakeClock clock;
  const ClockReading start = clock.now();
  CHECK(clock.now().wall == start.wall);
  CHECK(start.synchronised == ClockSync::yes);
  clock.pass_seconds(90);
  clock.pass(1'500'000'000);
  CHECK(clock.now().wall == Timestamp{start.wall.seconds + 91, 500'000'000});
  CHECK(clock.now().boot_nanoseconds == start.boot_nanoseconds + 91'500'000'000);
  CHECK(clock.now().boot_id == start.boot_id);
}

TEST_CASE("a step moves the wall clock alone, forward and back") {
  FakeClock clock(Timestamp{10, 300'000'000});
  const std::uint64_t boot = clock.now().boot_nanoseconds;
  clock.step_wall(-500'000'000);
  CHECK(clock.now().wall == Timestamp{9, 800'000'000});
  clock.step_wall(-10'800'000'000);
  CHECK(clock.now().wall == Timestamp{-1, 0});
  clock.step_wall(-1);
  CHECK(clock.now().wall == Timestamp{-2, 999'999'999});
  clock.step_wall(2'000'000'001);
  CHECK(clock.now().wall == Timestamp{1, 0});
  clock.set_wall({5, 6});
  CHECK(clock.now().wall == Timestamp{5, 6});
  CHECK(clock.now().boot_nanoseconds == boot);
}

TEST_CASE("a reboot gives another boot id and starts the boot clock anew") {
  FakeClock clock;
  const Timestamp wall = clock.now().wall;
  Id other;
  other.bytes.fill(std::byte{7});
  clock.reboot(other);
  clock.set_synchronised(ClockSync::no);
  CHECK(clock.now().boot_id == other);
  CHECK(clock.now().boot_nanoseconds == 0);
  CHECK(clock.now().wall == wall);
  CHECK(clock.now().synchronised == ClockSync::no);
  clock.set_boot_nanoseconds(77);
  CHECK(clock.now().boot_nanoseconds == 77);
}

}  // namespace test_fake_clock
