// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <condition_variable>

#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/own_thread.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/schedule/calendar.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Does what a plan says when it is due, until it is stopped. What fails goes to the log and is tried again after the
/// plan's `retry_every`; only the stop ends it. `verify` is one verification that leaves its entry. Where the sync
/// ships a log, that is done by a thread of its own while `run` runs: no backup holds it up.
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
  std::chrono::seconds step(std::stop_token stop) { return step_of(plan_, stop); }

 private:
  /// The thread that ships, for as long as this lives.
  class Shipping {
   public:
    Shipping(BasicPlanRunner& runner, const std::stop_token& stop) : runner_(runner), on_stop_(stop, Ask{this}) {}
    Shipping(const Shipping&) = delete;
    Shipping& operator=(const Shipping&) = delete;
    ~Shipping() {
      stop_.request_stop();
      thread_.join();
    }
    /// 0, or an errno.
    int start() noexcept {
      return thread_.start("lifeboat-log", this,
                           [](void* self) noexcept { static_cast<Shipping*>(self)->ship_until_stopped(); });
    }

   private:
    void ship_until_stopped() noexcept {
      const std::stop_token stop = stop_.get_token();
      while (!stop.stop_requested()) {
        const int error = errno_without_memory([&] {
          runner_.loop(runner_.ships(), stop);
          return 0;
        });
        if (error == 0) continue;
        runner_.core_.parts().log.tell(
            Event{ErrorId::out_of_memory, runner_.core_.source_id(), "there was no memory to ship the journal", error});
        wait(std::chrono::seconds(1), stop);
      }
    }

    struct Ask {
      Shipping* self;
      void operator()() const noexcept { self->stop_.request_stop(); }
    };

    BasicPlanRunner& runner_;
    std::stop_source stop_;
    OwnThread thread_;
    std::stop_callback<Ask> on_stop_;
  };

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

  void note(LastRun LastRuns::*which, const Status& done, const std::stop_token& stop) {
    {
      const ClockReading now = core_.clock().now();
      const std::lock_guard guard(mutex_);
      LastRun& run = runs_.*which;
      if (done)
        run = {now, std::nullopt};
      else
        run.failed = now;
    }
    if (!done && !stop.stop_requested()) tell(done.error());
  }

  [[nodiscard]] LastRuns runs() const {
    const std::lock_guard guard(mutex_);
    return runs_;
  }

  /// The plan of who ships the log, and of who does all else.
  [[nodiscard]] Plan ships() const {
    Plan plan = plan_;
    plan.backup_every = plan.full_every = plan.verify_every = plan.verify_sync_every = std::chrono::seconds(0);
    return plan;
  }
  [[nodiscard]] Plan works() const {
    Plan plan = plan_;
    plan.sync_every = std::chrono::seconds(0);
    return plan;
  }
  /// Whether anything of a plan is told by the chain.
  static bool asks_chain(const Plan& plan) noexcept {
    return plan.backup_every.count() > 0 || plan.full_every.count() > 0 || plan.verify_every.count() > 0;
  }

  /// What is due, by the chain where the plan asks it.
  Result<Calendar> calendar(const Plan& plan) const {
    if (!asks_chain(plan)) return calendar_of(plan, {}, core_.clock().now(), runs());
    LIFEBOAT_TRY(const Catalog chain, core_.catalog());
    return calendar_of(plan, chain.view(), core_.clock().now(), runs());
  }

  void loop(const Plan& plan, const std::stop_token& stop);
  std::chrono::seconds step_of(const Plan& plan, const std::stop_token& stop);

  /// The segment of the log that is written: those below it are closed. 0: there is no log.
  [[nodiscard]] std::uint64_t segment() const {
    const SyncPort* const sync = core_.parts().sync.get();
    const std::optional<LogView> log = sync != nullptr ? sync->log() : std::nullopt;
    return log ? log->segment : 0;
  }

  /// Whether a segment was closed that is to be shipped now. A pass that failed is tried again when it is due.
  [[nodiscard]] bool segment_due(const Plan& plan) const {
    return plan.sync_every.count() > 0 && !runs().sync.failed && segment() > shipped_below_;
  }

  void pass(const std::stop_token& stop) {
    const std::uint64_t closed_below = segment();
    const Status done = status_of(core_.sync(stop));
    if (done) shipped_below_ = std::max(shipped_below_, closed_below);
    note(&LastRuns::sync, done, stop);
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
  std::uint64_t shipped_below_ = 1;  ///< segments with lower numbers are elsewhere; of who ships
  mutable std::mutex mutex_;
  LastRuns runs_;  ///< under the mutex
};
using PlanRunner = BasicPlanRunner<>;

template <class T>
Status BasicPlanRunner<T>::run(std::stop_token stop) {
  if (plan_.sync_every.count() > 0 && core_.ships_beside()) {
    Shipping shipping(*this, stop);
    const int error = shipping.start();
    if (error == 0) {
      loop(works(), stop);
      return ok();
    }
    tell(Error{ErrorId::limit, "no thread can be started that ships the journal: it waits for backups"}.because(error));
  }
  loop(plan_, stop);
  return ok();
}

template <class T>
void BasicPlanRunner<T>::loop(const Plan& plan, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::chrono::seconds left = std::clamp(step_of(plan, stop), std::chrono::seconds(1), std::chrono::seconds(3600));
    // A closed segment is looked for once a second, where there is a log.
    const std::chrono::seconds at_once =
        plan.sync_every.count() == 0 || segment() == 0 ? left : std::chrono::seconds(1);
    for (; left.count() > 0 && !stop.stop_requested() && !segment_due(plan); left -= at_once) wait(at_once, stop);
  }
}

template <class T>
std::chrono::seconds BasicPlanRunner<T>::step_of(const Plan& plan, const std::stop_token& stop) {
  const auto due = calendar(plan);
  if (!due) {
    tell(due.error());
    return plan.retry_every;
  }
  if (due->backup.now() || due->full.now()) note(&LastRuns::backup, status_of(core_.backup(actor_, false, stop)), stop);
  if (due->sync.now() || segment_due(plan)) pass(stop);
  if (due->verify.now()) note(&LastRuns::verify, verify_(stop), stop);
  if (due->verify_sync.now()) note(&LastRuns::verify_sync, verify_sync(stop), stop);
  const auto after = calendar(plan);
  if (!after) return plan.retry_every;
  // The first comparison waits for the first pass, which another thread may make.
  const bool waits = plan.verify_sync_every.count() > 0 && !after->verify_sync.planned;
  return waits ? std::min(after->next, plan_.sync_every) : after->next;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
