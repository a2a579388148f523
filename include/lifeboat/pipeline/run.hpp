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
};
using PlanRunner = BasicPlanRunner<>;

template <class T>
Status BasicPlanRunner<T>::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const std::chrono::seconds next = step(stop);
    wait(std::clamp(next, std::chrono::seconds(1), std::chrono::seconds(3600)), stop);
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
  if (due.sync.now()) note(runs_.sync, status_of(core_.sync(stop)), stop);
  if (due.verify.now()) note(runs_.verify, verify_(stop), stop);
  if (due.verify_sync.now()) note(runs_.verify_sync, verify_sync(stop), stop);
  const auto after = core_.catalog();
  return after ? calendar_of(plan_, after->view(), core_.clock().now(), runs_).next : plan_.retry_every;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
