// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include <lifeboat/archive/backup.hpp>
#include <lifeboat/compatibility.hpp>
#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/event.hpp>
#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/pipeline/values.hpp>
#include <lifeboat/record/records.hpp>
#include <lifeboat/restore/doubt_answer.hpp>
#include <lifeboat/schedule/plan.hpp>
#include <lifeboat/schedule/prune_plan.hpp>

// The pipeline without the bodies of its verbs: for the units of an engine that leave these to one other unit.
namespace lifeboat::inline LIFEBOAT_ABI {

template <class>
class BasicDoubtWindow;
template <class>
class BasicCore;
using Core = BasicCore<void>;

/// A disaster recovery pipeline of five policies, combined at compile time: which archive a new one builds on, where
/// archives are kept, how a replica is kept in step, what everything stored is checked with, and what is protected.
///
/// A move-only handle on one heap object; `open` is the only way in. Writing verbs (backup, sync, prune, run) go one at
/// a time, the next waits; verify, restore, list and status run beside them. Every verb that takes long obeys a stop
/// token. Errors are values; nothing is thrown but std::bad_alloc. In a child made by fork every verb answers forked.
template <class S, class M, class Y, class V, class Src>
class DisasterRecoveryPipeline {
  static_assert(detail::check_combination<S, M, Y, V, Src>());

 public:
  using strategy_type = S;
  using medium_type = M;
  using sync_type = Y;
  using verifier_type = V;
  using source_type = Src;

  // Defined with the verbs: elsewhere what a pipeline holds may be incomplete.
  DisasterRecoveryPipeline(DisasterRecoveryPipeline&&) noexcept;
  DisasterRecoveryPipeline& operator=(DisasterRecoveryPipeline&&) noexcept;
  ~DisasterRecoveryPipeline();

  /// What `open` consumes: the configs of the five, and what all of them share.
  struct Config {
    typename Src::Config source;
    typename M::Config medium;
    typename Y::Config sync{};
    typename V::Config verifier{};
    typename S::Config strategy{};
    Plan plan{};
    Budgets budgets{};
    LogSink log{};
    std::string state{};     ///< the source's state folder; empty: the default place (docs/guide.md)
    bool keep_state = true;  ///< false: keep none; a rollback of the repository can then not be seen
    bool create = true;      ///< make a repository of an empty medium
    StructuralId structural = StructuralId::sha256;
    Actor actor{};
    Environment environment{};
    MakeInvariants invariants = nullptr;             ///< what the engine's records must keep to on each restore
    Stamp (*stamp)(std::string_view key) = nullptr;  ///< what the engine vouches for about a key, for its doubt window
  };

  /// Opens policies and repository, and checks all that can be wrong before. Nothing is changed on an error.
  static Result<DisasterRecoveryPipeline> open(Config config);

  /// Takes one archive by the strategy (a full where it finds no base) and commits it.
  Result<BackupReport> backup(std::stop_token stop = {});
  /// Brings the replica up to date and verifies it.
  Result<SyncReport> sync(std::stop_token stop = {});
  /// Compares the replica with what was read.
  Result<SyncVerdict> verify_sync(std::stop_token stop = {});
  /// Re-reads what is stored, as deep as asked; with a budget, what was verified least lately. Leaves a chain entry.
  Result<Verification> verify(const VerifyRequest& request = {}, std::stop_token stop = {});
  /// What a restore would do: nothing is written. `refusals` in it say why it would not be done.
  Result<RestorePlan> plan_restore(const RestoreRequest& request, std::stop_token stop = {});
  /// Restores to a new place, every block verified before it is written, published by one rename.
  Result<RestoreReport> restore(const RestoreRequest& request, std::stop_token stop = {});
  /// Claims the next epoch for a restored copy, so that an engine may open its journal, and fences whoever goes on in
  /// an older one. Refused where an invariant does not hold that is not overridden by name.
  Result<AdoptReport> adopt(const AdoptRequest& request);
  /// What the plan's retention lets go; `accept_clock` names archives whose clock is accepted with it.
  Result<PrunePlan> plan_prune(
      std::span<const ArchiveId> accept_clock = {}) requires can_prune<DisasterRecoveryPipeline>;
  /// Applies exactly the plan of that digest (plan_digest), then sweeps what its grace allows.
  Result<SweepReport> prune(
      const PrunePlan& plan, const Digest& digest,
      std::chrono::seconds grace = std::chrono::hours(24)) requires can_prune<DisasterRecoveryPipeline>;
  /// The archives that exist, oldest first, and what can not be proven of them.
  Result<Catalog> list();
  Result<StatusReport> status();
  /// Does what the plan says when it is due, until it is stopped; what fails goes to the log and is tried again.
  Status run(std::stop_token stop);

  // The engine's log, where the sync has one: any thread calls these, beside every long verb.

  /// Appends one group (records, spans of records, or a RecordGroup) and returns when it is durable at the level.
  template <class Level = LocalDurable, class... Parts>
  requires can_append<DisasterRecoveryPipeline, Level> AppendOutcome<Level> append(const Parts&... parts)
  noexcept { return log_of<Level, Parts...>().template append<Level>({}, parts...); }
  /// The same; a deadline that passes leaves it unknown, or not written where it never left the queue's door.
  template <class Level = LocalDurable, class... Parts>
  requires can_append<DisasterRecoveryPipeline, Level> AppendOutcome<Level> append_until(
      std::chrono::steady_clock::time_point deadline, const Parts&... parts)
  noexcept { return log_of<Level, Parts...>().template append<Level>(deadline, parts...); }
  /// Appends the group if nothing is known of the key of its first record, and decides that under one lock.
  template <class Level = LocalDurable, class... Parts>
  requires can_append<DisasterRecoveryPipeline, Level> AppendOnceOutcome<Level> append_once(const Parts&... parts)
  noexcept { return log_of<Level, Parts...>().template append_once<Level>({}, parts...); }
  template <class Level = LocalDurable, class... Parts>
  requires can_append<DisasterRecoveryPipeline, Level> AppendOnceOutcome<Level> append_once_until(
      std::chrono::steady_clock::time_point deadline, const Parts&... parts)
  noexcept { return log_of<Level, Parts...>().template append_once<Level>(deadline, parts...); }
  /// Queues one group: no I/O, never blocks on any. Wait with its position.
  template <class... Parts>
  requires can_append<DisasterRecoveryPipeline> SubmitOutcome submit(const Parts&... parts)
  noexcept { return log_of<LocalDurable, Parts...>().submit(parts...); }
  template <class Level = LocalDurable>
  requires can_append<DisasterRecoveryPipeline, Level> AppendOutcome<Level> wait(
      Position position, std::optional<std::chrono::steady_clock::time_point> deadline = {})
  noexcept { return log<Level>().template wait<Level>(position, deadline); }
  /// Every group up to here is durable at the level.
  template <class Level = LocalDurable>
  requires can_append<DisasterRecoveryPipeline, Level> Position durable()
  const noexcept { return log<Level>().template durable<Level>(); }
  /// An eventfd that is readable after `durable` moved at the level, one for each; that of the standby also when the
  /// link came or went.
  template <class Level = LocalDurable>
  requires can_append<DisasterRecoveryPipeline, Level> Result<int> durable_fd() {
    return log<Level>().template durable_fd<Level>();
  }
  /// What became of a group that was unknown: still that, or acked, or not written. Of groups of an earlier run, when
  /// the pipeline was opened again and before its first append: later ones take the numbers of those that are lost.
  template <class Level = LocalDurable>
  requires can_append<DisasterRecoveryPipeline, Level> AppendOutcome<Level> fate(Position position)
  const { return log<Level>().fate(position); }
  /// Gives every group behind `applied` to a state that the engine keeps elsewhere, such as its own database: when it
  /// starts, before its first append. Gives a Result<ReplayReport> (journal/replay.hpp).
  template <class State>
  requires can_replay<DisasterRecoveryPipeline>
  auto replay_from(State& state, Position applied) {
    return log<LocalDurable>().template replay_from<typename Src::records_type>(state, applied);
  }

  /// The doubt window of this journal; null where no loss ever opened one. Closing keys in it is durable at once.
  [[nodiscard]] BasicDoubtWindow<void>* doubt() const noexcept { return doubt_; }

  // There for their sentences: what a policy of this pipeline forbids.
  template <class Level = LocalDurable, class... Unused>
  requires(!can_append<DisasterRecoveryPipeline, Level>) void append(const Unused&...) {
    detail::require_append<std::enable_if_t<sizeof...(Unused) != ~std::size_t{0}, DisasterRecoveryPipeline>, Level>();
  }
  template <class Level = LocalDurable, class... Unused>
  requires(!can_append<DisasterRecoveryPipeline, Level>) void append_once(const Unused&...) {
    detail::require_append<std::enable_if_t<sizeof...(Unused) != ~std::size_t{0}, DisasterRecoveryPipeline>, Level>();
  }
  template <class... Unused>
  requires(!can_replay<DisasterRecoveryPipeline>) void replay_from(const Unused&...) {
    detail::require_replay<std::enable_if_t<sizeof...(Unused) != ~std::size_t{0}, DisasterRecoveryPipeline>>();
  }
  template <class... Unused>
  requires(!can_prune<DisasterRecoveryPipeline>) void plan_prune(const Unused&...) {
    detail::require_prune<std::enable_if_t<sizeof...(Unused) != ~std::size_t{0}, DisasterRecoveryPipeline>>();
  }
  template <class... Unused>
  requires(!can_prune<DisasterRecoveryPipeline>) void prune(const Unused&...) {
    detail::require_prune<std::enable_if_t<sizeof...(Unused) != ~std::size_t{0}, DisasterRecoveryPipeline>>();
  }

  /// The verbs over ports, for programs (lifeboat/cli.hpp).
  [[nodiscard]] Core& core() noexcept { return *core_; }

 private:
  DisasterRecoveryPipeline(std::unique_ptr<Core> core, void* log, BasicDoubtWindow<void>* doubt, const Plan& plan,
                           Actor actor);

  [[nodiscard]] Status alive() const { return guard_.check("the pipeline"); }

  /// The log is the sync's own type: this needs it whole only where it is called.
  template <class Level>
  [[nodiscard]] auto& log() const noexcept {
    using Log = typename std::conditional_t<std::is_void_v<Level>, void, Y>::Log;
    return *static_cast<Log*>(log_);
  }

  template <class Level, class... Parts>
  [[nodiscard]] auto& log_of() const noexcept {
    if constexpr (requires { typename Src::records_type; })
      static_assert((names_record<typename Src::records_type, Parts> && ...),
                    "lifeboat: the Records<...> of the source do not name this record: what replays its journal would "
                    "not know it");
    return log<Level>();
  }

  std::unique_ptr<Core> core_;
  void* log_ = nullptr;  ///< of a sync that has one, which the core holds
  BasicDoubtWindow<void>* doubt_ = nullptr;
  Plan plan_;
  Actor actor_;
  ForkGuard guard_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
