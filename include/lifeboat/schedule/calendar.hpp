// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>

#include <lifeboat/archive/chain_view.hpp>
#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/schedule/plan.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// When something was last done, and last tried in vain, as this process knows it.
struct LastRun {
  std::optional<ClockReading> done = std::nullopt;
  std::optional<ClockReading> failed = std::nullopt;  ///< newer than `done`; cleared by a success
};

/// What this process has done beside what the chain tells.
struct LastRuns {
  LastRun backup{};
  LastRun verify{};
  LastRun sync{};
  LastRun verify_sync{};
};

/// When something is due: in no time, in `wait`, or never.
struct Due {
  bool planned = false;  ///< false: the plan never does it
  std::chrono::seconds wait{0};
  [[nodiscard]] constexpr bool now() const noexcept { return planned && wait.count() <= 0; }
};

struct Calendar {
  Due backup;
  Due full;  ///< the backup that is due then has to be a full
  Due verify;
  Due sync;
  Due verify_sync;  ///< planned once a pass was made: before that there may be no copy
  std::chrono::seconds next = std::chrono::seconds::max();  ///< until the first of them; zero: now
};

namespace detail {

/// What is left of an interval. Where nobody can tell how long ago it was, because the clock went back and the machine
/// was booted since, it is due: one run too many is no harm, and a run that waits for a wrong clock of years ahead is.
constexpr std::chrono::seconds left_of(std::chrono::seconds every, const std::optional<ClockReading>& last,
                                       const ClockReading& now) noexcept {
  if (!last) return std::chrono::seconds(0);
  const auto since = elapsed(*last, now);
  if (!since || *since >= every) return std::chrono::seconds(0);
  return every - *since;
}

constexpr Due due_of(std::chrono::seconds every, std::optional<ClockReading> last, const LastRun& run, const Plan& plan,
                     const ClockReading& now) noexcept {
  if (every.count() <= 0) return {};
  Due due{.planned = true, .wait = left_of(every, last, now)};
  if (run.done) {
    const auto wait = left_of(every, run.done, now);
    if (wait > due.wait) due.wait = wait;
  }
  if (run.failed) {
    const auto wait = left_of(plan.retry_every, run.failed, now);
    if (wait > due.wait) due.wait = wait;
  }
  return due;
}

}  // namespace detail

/// What is due, and when the next thing is. A pure function of plan, chain and clocks.
///
/// Time is told by the boot clock as long as the machine was not booted, so that a step of the wall clock neither
/// hurries nor holds anything up; across boots by the wall clock, and where that went back, a run is due at once.
/// Nothing is due again before its interval has passed since this process did it, nor before `retry_every` since it
/// failed.
constexpr Calendar calendar_of(const Plan& plan, const ChainView& chain, const ClockReading& now,
                               const LastRuns& runs = {}) noexcept {
  std::optional<ClockReading> backup;
  std::optional<ClockReading> full;
  std::optional<ClockReading> verify;
  for (const ArchiveRecord& record : chain.archives) {
    backup = record.clock;
    if (record.facts.window == record.facts.archive) full = record.clock;
    // What claims to have been verified in the future was not verified, for all that can be told.
    if (!record.verified || *record.verified < plan.verify_depth || record.verified_at > now.wall) continue;
    if (verify && record.verified_at <= verify->wall) continue;
    verify = ClockReading{};
    verify->wall = record.verified_at;
  }
  if (!verify && !chain.archives.empty()) verify = chain.archives.front().clock;  // never: it waits since the first
  Calendar calendar;
  calendar.backup = detail::due_of(plan.backup_every, backup, runs.backup, plan, now);
  calendar.full = detail::due_of(plan.full_every, full, {.done = {}, .failed = runs.backup.failed}, plan, now);
  if (verify) calendar.verify = detail::due_of(plan.verify_every, verify, runs.verify, plan, now);
  calendar.sync = detail::due_of(plan.sync_every, runs.sync.done, runs.sync, plan, now);
  if (runs.sync.done)
    calendar.verify_sync = detail::due_of(plan.verify_sync_every, runs.verify_sync.done, runs.verify_sync, plan, now);
  for (const Due& due : {calendar.backup, calendar.full, calendar.verify, calendar.sync, calendar.verify_sync})
    if (due.planned && due.wait < calendar.next) calendar.next = due.wait;
  return calendar;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
