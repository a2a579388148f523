// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <condition_variable>

#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/schedule/calendar.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Does what a plan says when it is due, until it is stopped. What fails goes to the log and is tried again after the
/// plan's `retry_every`; only the stop ends it. `verify` is one verification that leaves its entry.
template <class = void>
class BasicPlanRunner {
 public:
  BasicPlanRunner(Core& core, const Plan& plan, const Actor& actor, FunctionRef<Status(std::stop_token)> verify)
      : core_(core), plan_(plan), actor_(actor), verify_(verify) {
    const SyncPort* const sync = core.parts().sync.get();
    const bool journaled = sync != nullptr && sync->log();
    if (journaled && (plan_.sync_every.count() == 0 || plan_.journal_every < plan_.sync_every))
      plan_.sync_every = plan_.journal_every;
    if (sync == nullptr || !sync->keeps_replica()) plan_.verify_sync_every = std::chrono::seconds(0);
  }

  Status run(std::stop_token stop);
  /// Does what is due now; how long until the next thing is.
  std::chrono::seconds step(std::stop_token stop);

 private:
  template <class T>
  static Status status_of(const Result<T>& result) {
    return result ? ok() : Status(result.error());
  }

  Status verify_sync(const std::stop_token& stop) {
    LIFEBOAT_TRY(const SyncVerdict verdict, core_.verify_sync(stop));
    if (verdict.equal) return ok();
    return Error{ErrorId::sync_difference, "the copy is not what it was made from: " + verdict.first_difference};
  }

  void tell(const Error& error) const {
    core_.parts().log.tell(Event{error.id(), core_.source_id(), error.sentence(), error.system_error()});
  }

  void note(LastRun& run, const Status& done, const std::stop_token& stop) {
    if (done) {
      run = {core_.clock().now(), std::nullopt};
    } else {
      run.failed = core_.clock().now();
      if (!stop.stop_requested()) tell(done.error());
    }
  }

  /// The segment of the log that is written: those below it are closed. 0: there is no log.
  [[nodiscard]] std::uint64_t segment() const {
    const SyncPort* const sync = core_.parts().sync.get();
    const std::optional<LogView> log = sync != nullptr ? sync->log() : std::nullopt;
    return log ? log->segment : 0;
  }

  /// Whether a segment was closed that is to be shipped now. A pass that failed is tried again when it is due.
  [[nodiscard]] bool segment_due() const {
    return plan_.sync_every.count() > 0 && !runs_.sync.failed && segment() > shipped_below_;
  }

  void pass(const std::stop_token& stop) {
    const std::uint64_t closed_below = segment();
    const Status done = status_of(core_.sync(stop));
    if (done) shipped_below_ = std::max(shipped_below_, closed_below);
    note(runs_.sync, done, stop);
  }

  static void wait(std::chrono::seconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    (void)stopped.wait_for(lock, stop, time, [] { return false; });
  }

  Core& core_;
  Plan plan_;
  const Actor& actor_;
  FunctionRef<Status(std::stop_token)> verify_;
  LastRuns runs_;
  std::uint64_t shipped_below_ = 1;  ///< segments with lower numbers are elsewhere
};
using PlanRunner = BasicPlanRunner<>;

template <class T>
Status BasicPlanRunner<T>::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::chrono::seconds left = std::clamp(step(stop), std::chrono::seconds(1), std::chrono::seconds(3600));
    // A closed segment is looked for once a second, where there is a log.
    const std::chrono::seconds at_once = segment() == 0 ? left : std::chrono::seconds(1);
    for (; left.count() > 0 && !stop.stop_requested() && !segment_due(); left -= at_once) wait(at_once, stop);
  }
  return ok();
}

template <class T>
std::chrono::seconds BasicPlanRunner<T>::step(std::stop_token stop) {
  const auto chain = core_.catalog();
  if (!chain) {
    tell(chain.error());
    return plan_.retry_every;
  }
  const Calendar due = calendar_of(plan_, chain->view(), core_.clock().now(), runs_);
  if (due.backup.now() || due.full.now()) note(runs_.backup, status_of(core_.backup(actor_, false, stop)), stop);
  if (due.sync.now() || segment_due()) pass(stop);
  if (due.verify.now()) note(runs_.verify, verify_(stop), stop);
  if (due.verify_sync.now()) note(runs_.verify_sync, verify_sync(stop), stop);
  const auto after = core_.catalog();
  return after ? calendar_of(plan_, after->view(), core_.clock().now(), runs_).next : plan_.retry_every;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
