// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/core/own_thread.hpp>
#include <lifeboat/failover/promotion.hpp>
#include <lifeboat/journal/seen_groups.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/journal/take_pieces.hpp>
#include <lifeboat/record/money.hpp>
#include <lifeboat/restore/check_restored.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The engine's state on a standby. StandbyState is one for a state that knows its record types.
struct StatePort {
  /// Takes one group, in order, each once; `segment` has the schemas of its records. It is a replay: the primary has
  /// done already what is to be done outside. The position is stored in the transaction of its effects, and given to
  /// Standby::open the next time: that is what makes a restart apply nothing twice. An error stops the applying.
  virtual Status apply(const JournalGroup& group, const SegmentHeader& segment) = 0;
  virtual ~StatePort() = default;
};

/// How a standby is opened.
struct StandbyConfig {
  std::unique_ptr<ReceiverPort> receiver{};
  StatePort* state = nullptr;  ///< outlives the standby
  Position applied{};          ///< the last group whose effect the state holds
  const ClockPort* clock = nullptr;
};

/// How far a standby is behind.
struct StandbyLag {
  std::uint64_t not_received = 0;     ///< groups that the primary said are durable there, and that are not here
  std::uint64_t not_applied = 0;      ///< groups that are here, and not in the state
  std::map<Currency, MoneySum> sums;  ///< of the money of those that are not applied
  std::uint64_t unknown_records = 0;  ///< of those, of types that no schema describes
  std::chrono::nanoseconds behind{};  ///< age of the oldest group that is not applied; 0: all are
  std::optional<std::chrono::nanoseconds> silent;  ///< since the primary was heard of; none: it never was
};

/// Follows a primary: what is durable in the replica is applied to the engine's state, group by group, by a thread of
/// its own, "lifeboat-apply". Promotion is by hand.
template <class = void>
class BasicStandby {
 public:
  /// Errors: config, limit; replica_strange, where the receiver's folder is a part of a journal.
  static Result<std::unique_ptr<BasicStandby>> open(StandbyConfig config) {
    if (config.receiver == nullptr || config.state == nullptr)
      return Error{ErrorId::config, "a standby needs a receiver, and a state to apply groups to"}.unchanged();
    LIFEBOAT_CHECK(refuse_part_in(config.receiver->folder()));
    std::unique_ptr<BasicStandby> standby(new BasicStandby(std::move(config)));
    LIFEBOAT_CHECK(standby->start());
    return standby;
  }
  BasicStandby(const BasicStandby&) = delete;
  BasicStandby& operator=(const BasicStandby&) = delete;
  ~BasicStandby() {
    stop();
    if (!guard_.forked()) return;
    thread_.forget();
    applied_head_.forget();
  }

  /// The last group whose effect the state holds.
  [[nodiscard]] Position applied() const noexcept {
    return guard_.forked() ? Position{} : applied_head_.acknowledged();
  }
  /// Waits until a group was applied; false where it was not at the deadline, or the applying stopped.
  bool wait(Position position, const Deadline& deadline) noexcept {
    return !guard_.forked() && applied_head_.wait(position, deadline);
  }
  /// Calls `look(position)` between two groups: what it reads of the state is that of one moment. In a forked child,
  /// where nobody applies and a group may stand half applied, the position is 0:0.
  template <class Look>
  auto read(Look&& look) {
    if (guard_.forked()) return look(Position{});
    const std::scoped_lock guard(state_mutex_);
    return look(applied());
  }
  /// Why the applying stopped, where it did.
  [[nodiscard]] std::optional<Error> failure() const {
    if (const Status mine = guard_.check("the standby"); !mine) return mine.error();
    const std::scoped_lock guard(mutex_);
    return failure_;
  }
  [[nodiscard]] ReceiverPort& receiver() noexcept { return *config_.receiver; }

  /// How far this is behind. Reads all that is not applied. Errors: those of reading the replica.
  Result<StandbyLag> lag() const {
    LIFEBOAT_CHECK(guard_.check("the standby"));
    StandbyLag lag;
    const Position at = applied();
    const Position here = config_.receiver->durable();
    const LinkStatus link = config_.receiver->status();
    if (link.durable > here && link.durable.sequence > here.sequence)
      lag.not_received = link.durable.sequence - here.sequence;
    if (link.heard) lag.silent = std::chrono::steady_clock::now() - *link.heard;
    if (here <= at) return lag;
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(config_.receiver->folder(), at));
    reader.trust(here);
    SeenGroups groups;
    while (true) {
      LIFEBOAT_TRY(const auto group, reader.next());
      if (!group || group->position > here) return lag;
      if (group->position <= at) continue;
      if (lag.not_applied++ == 0) lag.behind = age_of(group->time);
      LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, reader.header()));
      lag.unknown_records += seen.unknown;
      LIFEBOAT_CHECK(add(lag, seen));
    }
  }

  /// Stops receiving, applies all that is here, and goes on as the primary of the next epoch: whoever goes on in a
  /// lower one is fenced by every receiver that has heard of this one. Nothing proves that the former primary has
  /// stopped: that is for `by` to know. Unless `by` states that nothing was lost, the loss opens a window of doubt in
  /// the journal's folder before anything can be appended. With the repository that the primary wrote to, what is
  /// lacking is taken from there first, and the primary is fenced there as by an adoption. May be called again after an
  /// error. Errors: why a group can not be applied, those of Journal::open, of the window, of take_pieces and
  /// claim_epoch; invariant, where one does not hold and is not overridden by name; object_missing, where nothing was
  /// lost and the windows that earlier losses opened are not here; undone, where it is stated that nothing was lost and
  /// the primary had said that it has more; holders, where others may go on without this claim; second_name, where one
  /// person alone states that a holder is lost; config, where it was heard of after it is said to have stopped.
  Result<Promotion> promote(PromoteRequest request) {
    LIFEBOAT_CHECK(guard_.check("the standby"));
    if (request.by.empty() || request.reason.empty())
      return Error{ErrorId::config, "a promotion says who decided it, and why"}.unchanged();
    if (request.medium != nullptr && !valid_source_id(request.source))
      return Error{ErrorId::config, "a promotion with a repository says of which source: .source = \"ledger\""}
          .unchanged();
    LIFEBOAT_CHECK(refuse_part_in(config_.receiver->folder()));
    LIFEBOAT_CHECK(check_lost_by(request.lost, request.by, request.second));
    LIFEBOAT_CHECK(check_holders(request.holders, request.medium != nullptr, request.lost));
    request.reason = recorded_reason(request.lost, request.stopped, request.reason);
    // Looked at first: a link that is ended here says nothing of the primary.
    const LinkStatus link = config_.receiver->status();
    if (link.heard) LIFEBOAT_CHECK(check_stopped(request.stopped, link.durable_time));
    config_.receiver->stop();
    thread_.join();
    {
      const std::scoped_lock guard(mutex_);
      failure_.reset();
    }
    Promotion promotion;
    LIFEBOAT_TRY(const Position here, settle(request, promotion));
    LIFEBOAT_CHECK(apply_all(here));
    if (here != Position{}) {
      LIFEBOAT_TRY(promotion.invariants, check_restored(config_.receiver->folder(), request.invariants));
    }
    LIFEBOAT_TRY(const std::string despite, despite_invariants(promotion.invariants, request.override));
    if (!despite.empty()) request.reason.append("; ").append(despite);
    promotion.loss = loss_of(link, here);
    note_ceiling(promotion.loss, config_.receiver->folder(), request.stopped);
    if (request.nothing_lost) LIFEBOAT_CHECK(check_nothing_lost(promotion.loss));
    LIFEBOAT_CHECK(went_live_of(promotion, request, config_.clock));  // what does not fit is refused before the claim
    LIFEBOAT_CHECK(claim_for(promotion, request, link.durable, config_.clock));
    LIFEBOAT_TRY(promotion.window,
                 open_doubt_of(promotion, config_.receiver->folder(), request, link.no_doubt, config_.clock));
    request.journal.folder = config_.receiver->folder();
    request.journal.epoch = promotion.epoch;
    request.journal.first_sequence = promotion.first;
    LIFEBOAT_TRY(promotion.journal, Journal::open(std::move(request.journal)));
    promotion.by = std::move(request.by);
    promotion.second = std::move(request.second);
    promotion.reason = std::move(request.reason);
    return promotion;
  }

  /// Stops receiving and applying.
  void stop() noexcept {
    if (guard_.forked()) return;
    stop_.store(true, std::memory_order_release);
    config_.receiver->stop();
    thread_.join();
    applied_head_.close();
  }

 private:
  explicit BasicStandby(StandbyConfig config) : config_(std::move(config)), next_from_(config_.applied) {
    applied_head_.move(config_.applied);
  }

  Status start() {
    const int error =
        thread_.start("lifeboat-apply", this, [](void* self) noexcept { static_cast<BasicStandby*>(self)->run(); });
    if (error == 0) return ok();
    return Error{ErrorId::limit, "the standby can not have a thread"}.because(error).unchanged();
  }

  void run() noexcept {
    const int error = errno_without_memory([this] {
      while (!stop_.load(std::memory_order_acquire)) {
        const Position here = config_.receiver->durable();
        const Status done = apply_all(here);
        if (!done) return fail(done.error());
        // What comes next has the next sequence, or begins another epoch: both are above this.
        const Position next{here.epoch, here.sequence + 1};
        if (config_.receiver->wait(next, std::chrono::steady_clock::now() + patience)) continue;
        if (config_.receiver->status().state == LinkState::stopped) return 0;
      }
      return 0;
    });
    if (error != 0) (void)fail(Error{ErrorId::out_of_memory, "no memory was left to apply a group"});
  }

  int fail(Error why) {
    const std::scoped_lock guard(mutex_);
    failure_ = std::move(why);
    return 0;
  }

  /// Applies what is durable here and not in the state.
  Status apply_all(const Position here) {
    if (here <= applied()) return ok();
    if (!reader_) {
      LIFEBOAT_TRY(reader_, JournalReader::open(config_.receiver->folder(), next_from_));
    }
    reader_->trust(here);
    while (true) {
      const JournalBatch* batch = pending_;
      if (batch == nullptr) {
        LIFEBOAT_TRY(batch, reader_->next_batch());
        if (batch == nullptr) return ok();
        pending_ = batch;
        groups_ = BatchGroups(*batch);
        current_.reset();
      }
      const Position at = applied();
      if (batch->epoch > at.epoch && batch->after < at.sequence)
        return Error{ErrorId::not_replayable, "the state holds groups up to " + to_text(at) + ", and epoch " +
                                                  std::to_string(batch->epoch) + " went on behind " +
                                                  std::to_string(batch->after) + ": some of them were undone"}
            .next("load the state from before that group, and open the standby with its position");
      if (batch->after > at.sequence)
        return Error{ErrorId::not_replayable, "the state holds groups up to " + to_text(at) +
                                                  ", and the replica begins behind " + std::to_string(batch->after)}
            .next("load the state of an archive that reaches so far");
      while (current_ || (current_ = groups_.next())) {
        if (current_->position > at) LIFEBOAT_CHECK(apply(*current_));
        current_.reset();
      }
      pending_ = nullptr;
    }
  }

  Status apply(const JournalGroup& group) {
    {
      const std::scoped_lock guard(state_mutex_);
      LIFEBOAT_CHECK(guarded("the state's apply", [&] { return config_.state->apply(group, reader_->header()); }));
      applied_head_.move(group.position);
    }
    next_from_ = group.position;
    return ok();
  }

  /// Where the replica ends, now that nobody receives: it may hold groups that were written and not told, and the
  /// repository may have more.
  Result<Position> settle(const PromoteRequest& request, Promotion& promotion) const {
    LIFEBOAT_TRY(const std::unique_ptr<JournalReplica> replica,
                 JournalReplica::open({.folder = config_.receiver->folder(),
                                       .segment_length = request.journal.segment_length,
                                       .random = request.journal.random}));
    if (request.medium == nullptr) return std::max(replica->last(), config_.receiver->durable());
    const Position before = replica->last();
    LIFEBOAT_TRY(const ShipReport taken, take_pieces(*request.medium, request.source, *replica));
    promotion.taken = taken.last.sequence - before.sequence;  // what was compared is not taken
    return std::max(replica->last(), config_.receiver->durable());
  }

  PromotionLoss loss_of(const LinkStatus& link, Position last) const {
    Timestamp silent_from = now();
    if (!link.heard) return loss_behind(last, last, {}, silent_from);
    const auto ago = std::chrono::steady_clock::now() - *link.heard;
    silent_from.seconds -= std::chrono::duration_cast<std::chrono::seconds>(ago).count() + 1;  // rounded away from now
    return loss_behind(last, link.durable, link.durable_time, silent_from);
  }

  Timestamp now() const {
    SystemClock own;
    return (config_.clock != nullptr ? *config_.clock : own).now().wall;
  }
  std::chrono::nanoseconds age_of(const Timestamp& time) const {
    const Timestamp at = now();
    if (at <= time) return {};
    return std::chrono::seconds(at.seconds - time.seconds) +
           std::chrono::nanoseconds(std::int64_t{at.nanoseconds} - std::int64_t{time.nanoseconds});
  }
  static Status add(StandbyLag& lag, const SeenGroup& seen) {
    for (const SeenRecord& record : seen.records) {
      const auto& place = record.roles->money;
      if (!place || place->sensitive || !place->is_in(record.value)) continue;
      const Money money = place->of(record.value).inner().as_money();
      auto& sum = lag.sums.try_emplace(money.currency, MoneySum{money.currency, 0}).first->second;
      if (!sum.add(money)) return Error{ErrorId::limit, "the sum of what is not applied does not fit into 128 bits"};
    }
    return ok();
  }

  static constexpr std::chrono::milliseconds patience{250};

  StandbyConfig config_;
  ForkGuard guard_;
  StandbyHead applied_head_;
  Position next_from_;  ///< where a reader begins
  std::optional<JournalReader> reader_;
  const JournalBatch* pending_ = nullptr;  ///< the reader's, of which some groups are not applied
  BatchGroups groups_;
  std::optional<JournalGroup> current_;
  std::atomic<bool> stop_{false};
  std::mutex state_mutex_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  OwnThread thread_;  // last: it ends before what it uses
};
using Standby = BasicStandby<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
