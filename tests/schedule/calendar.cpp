// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/calendar.hpp>

#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"

namespace test_calendar {

using namespace lifeboat;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::int64_t year_ns = 365LL * 86400 * 1'000'000'000;

constexpr Plan plan{.backup_every = hours(1),
                    .full_every = hours(24),
                    .verify_every = hours(12),
                    .verify_depth = Depth::digests,
                    .sync_every = minutes(10),
                    .verify_sync_every = hours(2)};

/// A chain whose last archive was made now.
std::vector<ArchiveRecord> made_now(const char* text, const testing::FakeClock& clock) {
  auto archives = chains::chain_of(text);
  for (ArchiveRecord& record : archives) record.clock = clock.now();
  return archives;
}

}  // namespace

TEST_CASE("with nothing there, a full backup and a sync are due, and nothing to verify") {
  const testing::FakeClock clock;
  const Calendar due = calendar_of(plan, {}, clock.now());
  CHECK(due.backup.now());
  CHECK(due.full.now());
  CHECK(due.sync.now());
  CHECK_FALSE(due.verify.planned);
  CHECK(due.next == seconds(0));
}

TEST_CASE("what was done is due again after its interval, not before") {
  testing::FakeClock clock;
  const auto archives = made_now("F i", clock);
  const LastRuns runs{.sync = {.done = clock.now()}, .verify_sync = {.done = clock.now()}};
  Calendar due = calendar_of(plan, {archives}, clock.now(), runs);
  CHECK(due.verify_sync.wait == hours(2));
  CHECK_FALSE(due.backup.now());
  CHECK(due.backup.wait == hours(1));
  CHECK(due.full.wait == hours(24));
  CHECK(due.verify.wait == hours(12));
  CHECK(due.next == minutes(10));

  clock.pass_seconds(3599);
  due = calendar_of(plan, {archives}, clock.now(), runs);
  CHECK(due.backup.wait == seconds(1));
  CHECK(due.sync.now());
  clock.pass_seconds(1);
  CHECK(calendar_of(plan, {archives}, clock.now(), runs).backup.now());
  clock.pass_seconds(23 * 3600);
  CHECK(calendar_of(plan, {archives}, clock.now(), runs).full.now());
}

TEST_CASE("a copy is compared once a pass was made, and tried again after a failure") {
  testing::FakeClock clock;
  CHECK_FALSE(calendar_of(plan, {}, clock.now()).verify_sync.planned);
  CHECK_FALSE(calendar_of(plan, {}, clock.now(), {.sync = {.failed = clock.now()}}).verify_sync.planned);
  CHECK(calendar_of(plan, {}, clock.now(), {.sync = {.done = clock.now()}}).verify_sync.now());
  const LastRuns failed{.sync = {.done = clock.now()}, .verify_sync = {.failed = clock.now()}};
  CHECK(calendar_of(plan, {}, clock.now(), failed).verify_sync.wait == minutes(5));
}

TEST_CASE("an interval of zero means never") {
  const testing::FakeClock clock;
  const Plan none{.backup_every = seconds(0), .full_every = seconds(0), .verify_every = seconds(0)};
  const auto archives = made_now("F", clock);
  const Calendar due = calendar_of(none, {archives}, clock.now());
  CHECK_FALSE(due.backup.planned);
  CHECK_FALSE(due.full.planned);
  CHECK_FALSE(due.verify.planned);
  CHECK_FALSE(due.sync.planned);
  CHECK(due.next == seconds::max());
}

TEST_CASE("a step of the wall clock neither hurries nor holds up") {
  for (const std::int64_t step : {20 * year_ns, -20 * year_ns, std::int64_t{-1}}) {
    testing::FakeClock clock;
    const auto archives = made_now("F i", clock);
    clock.step_wall(step);
    clock.pass_seconds(600);
    CHECK(calendar_of(plan, {archives}, clock.now()).backup.wait == minutes(50));
    CHECK(calendar_of(plan, {archives}, clock.now()).full.wait == hours(24) - minutes(10));
    clock.pass_seconds(3000);
    CHECK(calendar_of(plan, {archives}, clock.now()).backup.now());
  }
}

TEST_CASE("after a boot the wall clock tells; where it went back, a run is due once") {
  testing::FakeClock clock;
  auto archives = made_now("F i", clock);
  clock.reboot(chains::id_of(5));
  clock.step_wall(600LL * 1'000'000'000);
  CHECK(calendar_of(plan, {archives}, clock.now()).backup.wait == minutes(50));

  archives.back().clock.wall.seconds += 20 * 365 * 86400;  // the last one was made by a clock years ahead
  CHECK(calendar_of(plan, {archives}, clock.now()).backup.now());
  archives.push_back(archives.back());
  archives.back().clock = clock.now();
  CHECK_FALSE(calendar_of(plan, {archives}, clock.now()).backup.now());
}

TEST_CASE("what failed is tried again, but not at once; what this process has done is not done again") {
  testing::FakeClock clock;
  LastRuns runs{.backup = {.done = {}, .failed = clock.now()}};
  Calendar due = calendar_of(plan, {}, clock.now(), runs);
  CHECK(due.backup.wait == minutes(5));
  CHECK(due.full.wait == minutes(5));
  clock.pass_seconds(300);
  CHECK(calendar_of(plan, {}, clock.now(), runs).backup.now());

  // A chain that shows nothing of it, as after a rollback of the medium.
  runs.backup = {.done = clock.now(), .failed = {}};
  CHECK(calendar_of(plan, {}, clock.now(), runs).backup.wait == hours(1));
}

TEST_CASE("a verification counts when it was deep enough and is not of the future") {
  testing::FakeClock clock;
  auto archives = made_now("F i", clock);
  const Timestamp first = clock.now().wall;
  clock.pass_seconds(13 * 3600);
  const auto wait = [&] { return calendar_of(plan, {archives}, clock.now()).verify.wait; };
  CHECK(wait() == seconds(0));

  archives[0].verified = Depth::catalog;
  archives[0].verified_at = clock.now().wall;
  CHECK(wait() == seconds(0));
  archives[0].verified = Depth::restore;
  CHECK(wait() == hours(12));
  archives[1].verified = Depth::digests;
  archives[1].verified_at = {first.seconds + 7200, 0};
  CHECK(wait() == hours(12));  // the newest counts
  archives[0].verified_at.seconds += 20 * 365 * 86400;
  CHECK(wait() == hours(1));  // two of thirteen hours
  LastRuns runs{.verify = {.done = clock.now(), .failed = {}}};
  CHECK(calendar_of(plan, {archives}, clock.now(), runs).verify.wait == hours(12));
}

TEST_CASE("simulated for a month of steps and boots, no job comes more often than planned, and none is forgotten") {
  testing::FakeClock clock;
  std::vector<ArchiveRecord> archives;
  std::uint64_t boots = 1;
  std::uint64_t seed = 42;
  std::int64_t real = 0;  // seconds that really passed
  std::int64_t last = -1;
  bool booted = false;  // since the last backup: a step before a boot can not be told from time
  for (int i = 0; i < 30 * 24 * 6; ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    clock.pass_seconds(600);
    real += 600;
    const auto dice = seed >> 56U;
    if (dice < 3) clock.step_wall(static_cast<std::int64_t>(seed >> 40U) * 1'000'000'000 * (dice == 0 ? -1 : 1));
    if (dice == 255) {
      clock.reboot(chains::id_of(++boots));
      booted = true;
    }
    if (calendar_of(plan, {archives}, clock.now()).backup.now()) {
      if (last >= 0 && !booted) REQUIRE(real - last >= 3600);
      last = real;
      booted = false;
      archives = made_now("F", clock);
    }
    REQUIRE(real - last <= (booted ? 2 * 3600 : 3600));
  }
  CHECK(boots > 3);
}

}  // namespace test_calendar
