// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/objectives.hpp>

#include <lifeboat/medium/memory.hpp>
#include <lifeboat/strategy/differential.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/strategy/incremental.hpp>
#include <lifeboat/sync/no_sync.hpp>

#include "catch.hpp"

namespace test_objectives {

using namespace lifeboat;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Kept {
  static constexpr Capabilities capabilities{.durable = true};
};
struct ByTimestamp : NoSync {
  static constexpr bool replicates = true;
};
struct ByLog : ByTimestamp {
  static constexpr bool has_log = true;
};
struct ByStandby : ByLog {
  static constexpr unsigned failure_domains = 2;
};

template <class S, class Y, class M = Kept>
struct Pipe {
  using strategy_type = S;
  using medium_type = M;
  using sync_type = Y;
};

template <class Base>
struct Whole : Base {
  Whole() = delete;
  static Result<Whole> open(typename Base::Config);
};

using Backups = Pipe<Incremental, NoSync>;
using Timestamps = Pipe<Incremental, Whole<ByTimestamp>>;
using Logs = Pipe<Incremental, Whole<ByLog>>;
using Standby = Pipe<Incremental, Whole<ByStandby>>;

template <class P>
bool says(const Plan& plan, const Objectives& objectives, std::string_view words) {
  CHECK(meets<P>(plan, objectives) == unmet<P>(plan, objectives).empty());
  if (words.empty()) return unmet<P>(plan, objectives).empty();
  return unmet<P>(plan, objectives).find(words) != std::string_view::npos;
}

}  // namespace

TEST_CASE("the default plan keeps the default objectives, and that is proven at compile time") {
  STATIC_REQUIRE(prove<Backups>({}, {}));
  STATIC_REQUIRE(prove<Pipe<Full, NoSync>>({}, {}));
  STATIC_REQUIRE(prove<Pipe<Differential, NoSync>>({}, {}));
  STATIC_REQUIRE_FALSE(meets<Backups>({}, {.rpo = seconds(0)}));
}

TEST_CASE("RPO 0 is kept by a log with two failure domains, and by nothing else") {
  const Objectives zero{.rpo = seconds(0)};
  CHECK(says<Backups>({}, zero, "RPO 0 without a sync"));
  CHECK(says<Timestamps>({.sync_every = seconds(1)}, zero, "RPO 0 by a timestamp sync"));
  CHECK(says<Logs>({}, zero, "RPO 0 in a single failure domain"));
  CHECK(says<Standby>({}, zero, ""));
}

TEST_CASE("an RPO is at least the time between two copies") {
  CHECK(says<Backups>({.backup_every = hours(1)}, {.rpo = hours(1)}, ""));
  CHECK(says<Backups>({.backup_every = hours(1)}, {.rpo = minutes(59)}, "below the interval"));
  CHECK(says<Backups>({.backup_every = hours(1), .sync_every = minutes(5)}, {.rpo = minutes(59)}, "below"));
  CHECK(says<Timestamps>({.backup_every = hours(1), .sync_every = minutes(5)}, {.rpo = minutes(5)}, ""));
  CHECK(says<Timestamps>({.backup_every = hours(1), .sync_every = minutes(5)}, {.rpo = minutes(4)}, "below"));
  CHECK(says<Timestamps>({.backup_every = hours(1), .sync_every = hours(5)}, {.rpo = hours(1)}, ""));
  CHECK(says<Timestamps>({.backup_every = hours(1)}, {.rpo = minutes(59)}, "below the interval"));
  CHECK(says<Timestamps>({.backup_every = seconds(0), .sync_every = hours(1)}, {.rpo = hours(1)}, ""));
  CHECK(says<Backups>({.backup_every = seconds(0)}, {}, "never copies"));
  // A journal goes to the medium every so often; its one machine may die in between.
  CHECK(says<Logs>({.backup_every = hours(1)}, {.rpo = minutes(1)}, ""));
  CHECK(says<Logs>({.backup_every = hours(1)}, {.rpo = seconds(59)}, "below the interval"));
  CHECK(says<Logs>({.backup_every = hours(1), .journal_every = seconds(10)}, {.rpo = seconds(10)}, ""));
  CHECK(says<Logs>({.backup_every = hours(1), .journal_every = seconds(0)}, {.rpo = minutes(1)}, "below the interval"));
  CHECK(says<Backups>({.backup_every = hours(1)}, {.rpo = minutes(1)}, "below the interval"));
  CHECK(says<Standby>({.backup_every = hours(1)}, {.rpo = seconds(1)}, ""));
}

TEST_CASE("increments need fulls in their plan") {
  CHECK(says<Backups>({.full_every = seconds(0)}, {}, "no full in its plan"));
  CHECK(says<Pipe<Differential, NoSync>>({.full_every = seconds(0)}, {}, "no full in its plan"));
  CHECK(says<Pipe<Full, NoSync>>({.full_every = seconds(0)}, {}, ""));
}

TEST_CASE("retention reaches over a full cycle and the longest chain") {
  const Plan plan{.backup_every = hours(1), .full_every = hours(24)};
  const auto keeping = [&plan](Retention keep) {
    Plan kept = plan;
    kept.keep = keep;
    return kept;
  };
  constexpr std::string_view shorter = "retention is shorter";
  CHECK(says<Backups>(keeping({.windows = 2}), {}, ""));
  CHECK(says<Backups>(keeping({.windows = 1}), {}, shorter));
  CHECK(says<Backups>(keeping({.windows = 1, .age = hours(47)}), {}, shorter));
  CHECK(says<Backups>(keeping({.windows = 1, .age = hours(48)}), {}, ""));
  CHECK(says<Pipe<Full, NoSync>>(keeping({.windows = 1, .age = minutes(59)}), {}, shorter));
  CHECK(says<Pipe<Full, NoSync>>(keeping({.windows = 1, .age = hours(1)}), {}, ""));
  CHECK(says<Backups>(keeping({.windows = 0}), {}, "keeps no window"));
  Plan limited = keeping({.windows = 1, .age = hours(20)});
  limited.limits.longest_chain = 10;  // a full every ten hours, whatever the plan
  CHECK(says<Backups>(limited, {}, ""));
}

TEST_CASE("an RTO is kept where a restore was measured to be quicker") {
  CHECK(says<Backups>({}, {.rto = hours(1)}, "unmeasured"));
  CHECK(says<Backups>({}, {.rto = hours(1), .restore_takes = minutes(61)}, "the RTO is below"));
  CHECK(says<Backups>({}, {.rto = hours(1), .restore_takes = minutes(60)}, ""));
}

TEST_CASE("what is not durable keeps no objective") { CHECK(says<Pipe<Full, NoSync, Memory>>({}, {}, "not durable")); }

}  // namespace test_objectives
