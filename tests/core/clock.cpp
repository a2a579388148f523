// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/clock.hpp>

#include <cstdio>
#include <ctime>
#include <string>

#include "catch.hpp"

namespace test_clock {

using namespace lifeboat;

namespace {

std::uint64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  REQUIRE(::clock_gettime(clock, &time) == 0);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

TEST_CASE("the machine's clocks lie between two readings of the kernel's") {
  const SystemClock clock;
  const std::uint64_t boot_before = nanoseconds_of(CLOCK_BOOTTIME);
  const ClockReading reading = clock.now();
  const std::uint64_t boot_after = nanoseconds_of(CLOCK_BOOTTIME);
  CHECK(boot_before <= reading.boot_nanoseconds);
  CHECK(reading.boot_nanoseconds <= boot_after);
  CHECK(reading.wall.seconds > 1'700'000'000);
  CHECK(reading.wall.nanoseconds < 1'000'000'000);
}

TEST_CASE("the boot id is the kernel's") {
  std::FILE* file = std::fopen("/proc/sys/kernel/random/boot_id", "re");
  if (file == nullptr) {
    CHECK(SystemClock().now().boot_id == Id{});
    return;
  }
  char text[64] = {};
  REQUIRE(std::fgets(text, sizeof text, file) != nullptr);
  std::fclose(file);
  std::string digits;
  for (const char c : std::string_view(text))
    if (c != '-' && c != '\n') digits.push_back(c);
  CHECK(to_hex(SystemClock().now().boot_id.view()) == digits);
  CHECK(SystemClock().now().boot_id == SystemClock().now().boot_id);
}

TEST_CASE("whether the clock is synchronised is what the kernel says") {
  timex state{};
  const int answer = ::adjtimex(&state);
  const ClockSync wanted = answer == -1                                                ? ClockSync::unknown
                           : answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0 ? ClockSync::no
                                                                                       : ClockSync::yes;
  CHECK(SystemClock().now().synchronised == wanted);
}

TEST_CASE("an environment's own clock is asked in place of the machine's") {
  struct Fixed final : ClockPort {
    ClockReading now() const override { return {{42, 7}, {}, 0, ClockSync::no}; }
  } fixed;
  Environment environment;
  CHECK(clock_now(environment).wall.seconds > 1'700'000'000);
  environment.clock = &fixed;
  CHECK(clock_now(environment).wall == Timestamp{42, 7});
}

}  // namespace test_clock
