// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/once.hpp>
#include <lifeboat/journal/replay.hpp>
#include <lifeboat/journal/reserve_ceiling.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What becomes of an append at StandbyDurable while no standby is heard of.
enum class LostStandby : std::uint8_t {
  wait,  ///< it waits, until its deadline; then the group is known to be durable here alone
  stop,  ///< what is new is refused before it is written; what was written is known to be durable here alone, at once
};

/// Who knows what the standby has.
struct StandbyPort {
  /// Everything up to here is durable at the standby.
  [[nodiscard]] virtual Position acknowledged() const noexcept = 0;
  /// Whether it is heard of.
  [[nodiscard]] virtual bool connected() const noexcept = 0;
  /// Waits until a group is durable there; false where that was not so at the deadline, or will never be.
  virtual bool wait(Position position, const Deadline& deadline) noexcept = 0;
  /// The same; false also where it is not heard of, or no longer.
  virtual bool wait_connected(Position position, const Deadline& deadline) noexcept = 0;
  /// An eventfd that is readable after `acknowledged` moved, when it was heard of or no longer is, and once nothing
  /// more will be acknowledged. It is the standby's own, and stays open as long as that. Errors: limit, forked.
  virtual Result<int> durable_fd() = 0;
  /// More is durable here: up to this.
  virtual void nudge(Position durable) noexcept = 0;
  /// `nudge`, then `wait`, or `wait_connected`: who waits may do some of the work himself.
  virtual bool nudge_and_wait(Position durable, Position position, const Deadline& deadline, bool connected) noexcept {
    nudge(durable);
    return connected ? wait_connected(position, deadline) : wait(position, deadline);
  }
  virtual ~StandbyPort() = default;
};

/// The log of a pipeline as its engine uses it: the journal, the keys that it decides on, and the standby that it waits
/// for. Any thread calls any of these, beside every long verb.
template <class = void>
class BasicEngineLog final : private SequencePort {
 public:
  /// `keys` are those that `once` asks: its own, or the engine's, which outlive it.
  /// `ahead`: so many groups may wait in the journal's queues, at most.
  BasicEngineLog(std::unique_ptr<Journal> journal, std::unique_ptr<KeysPort> own_keys, KeysPort& keys,
                 std::unique_ptr<Once> once, StandbyPort* standby, LostStandby lost, std::uint64_t ahead)
      : journal_(std::move(journal)),
        own_keys_(std::move(own_keys)),
        keys_(&keys),
        once_(std::move(once)),
        standby_(standby),
        lost_(lost),
        ahead_(ahead + appenders_max) {}
  BasicEngineLog(const BasicEngineLog&) = delete;
  BasicEngineLog& operator=(const BasicEngineLog&) = delete;
  ~BasicEngineLog() = default;

  /// Holds to what a process before this one promised; `now` by the clock that it did so by.
  void honour(CeilingCopy copy, const Reservation& promised, const Timestamp& now) {
    if (promised.upto.epoch != journal_->epoch() || promised.until <= now) return;
    ceiling_.hold(copy, promised.upto.sequence,
                  std::chrono::steady_clock::now() + std::chrono::seconds(promised.until.seconds - now.seconds + 1));
  }

  /// Queues one group; takes no I/O. See Journal::submit.
  template <class... Parts>
  SubmitOutcome submit(const Parts&... parts) noexcept {
    if (!below_ceiling(Deadline(std::chrono::steady_clock::time_point::min()))) return NotWritten{ErrorId::queue_full};
    return journal_->submit(parts...);
  }
  template <class Level>
  AppendOutcome<Level> wait(Position position, Deadline deadline) noexcept {
    return at_level<Level, AppendOutcome<Level>>(journal_->wait(position, deadline), deadline);
  }
  template <class Level, class... Parts>
  AppendOutcome<Level> append(Deadline deadline, const Parts&... parts) noexcept {
    if (refused<Level>()) return NotWritten{ErrorId::standby_lost};
    if (!below_ceiling(deadline)) return NotWritten{ErrorId::queue_full};
    return at_level<Level, AppendOutcome<Level>>(journal_->append_until(deadline, parts...), deadline);
  }
  template <class Level, class... Parts>
  AppendOnceOutcome<Level> append_once(Deadline deadline, const Parts&... parts) noexcept {
    return at_level<Level, AppendOnceOutcome<Level>>(once_->append_through(Gate<Level>{this}, deadline, parts...),
                                                     deadline);
  }
  template <class Level>
  [[nodiscard]] Position durable() const noexcept {
    const Position here = journal_->durable();
    if constexpr (std::is_same_v<Level, LocalDurable>)
      return here;
    else
      return std::min(here, standby_->acknowledged());
  }
  template <class Level = LocalDurable>
  Result<int> durable_fd() {
    if constexpr (std::is_same_v<Level, LocalDurable>)
      return journal_->durable_fd();
    else
      return standby_->durable_fd();  // what it acknowledges was durable here before
  }
  /// How often appends were held back.
  [[nodiscard]] BackPressure back_pressure() const noexcept {
    BackPressure pressure = journal_->back_pressure();
    pressure.ceilings = held_.load(std::memory_order_relaxed);
    return pressure;
  }
  [[nodiscard]] AppendOutcome<LocalDurable> fate(Position position) const { return journal_->fate(position); }
  /// See replay.hpp.
  template <class List, class State>
  Result<ReplayReport> replay_from(State& state, Position applied) {
    return lifeboat::replay_from<List>(state, *journal_, applied);
  }

  /// Lets go of segments up to there, as far as the keys that they hold are known without them.
  Result<std::uint64_t> recycle(Position upto) {
    once_->cover();
    // Keys are saved once for a segment or more, not for each pass.
    if (keys_->covered() < upto && journal_->kept_bytes() > 2 * journal_->segment_length())
      LIFEBOAT_CHECK(keys_->save());
    return journal_->recycle(std::min(upto, keys_->covered()));
  }
  /// For how many groups the journal has to tell their keys; the engine's own tables tell them without it.
  [[nodiscard]] std::uint64_t retry_groups() const noexcept { return own_keys_ ? own_keys_->retry_groups() : 0; }

  /// What appends hold to.
  [[nodiscard]] SequenceCeiling& ceiling() const noexcept { return ceiling_; }
  [[nodiscard]] Journal& journal() noexcept { return *journal_; }
  [[nodiscard]] const Journal& journal() const noexcept { return *journal_; }

 private:
  static constexpr std::uint64_t appenders_max = 65'536;  ///< threads between this look and their group's number

  /// No group that is on its way has a higher number; one that looks now gets none either.
  [[nodiscard]] std::uint64_t next_at_most() const noexcept {
    const std::uint64_t last = std::max(journal_->durable().sequence, journal_->begins() - 1);
    return last > ~ahead_ ? ~std::uint64_t{0} : last + ahead_;
  }
  /// A forked child reserves nothing: the numbers are its parent's.
  [[nodiscard]] Position handed_out() const noexcept override {
    return journal_->forked() ? Position{} : Position{journal_->epoch(), next_at_most()};
  }
  /// Whether the group that comes next may have any number that it can get; waits where one is reserved against it.
  bool below_ceiling(const Deadline& deadline) noexcept {
    if (is_below_ceiling()) return true;
    held_.fetch_add(1, std::memory_order_relaxed);
    return ceiling_.wait(next_at_most(), deadline);
  }
  [[nodiscard]] bool is_below_ceiling() noexcept {
    return ceiling_.wait(next_at_most(), Deadline(std::chrono::steady_clock::time_point::min()));
  }

  template <class Level>
  [[nodiscard]] bool refused() const noexcept {
    if constexpr (std::is_same_v<Level, LocalDurable>)
      return false;
    else
      return lost_ == LostStandby::stop && !standby_->connected();
  }

  /// What holds back an append with a key that is new.
  template <class Level>
  struct Gate {
    BasicEngineLog* log;
    [[nodiscard]] ErrorId refusal() const noexcept {
      if (log->template refused<Level>()) return ErrorId::standby_lost;
      return log->is_below_ceiling() ? ErrorId{} : ErrorId::queue_full;
    }
    [[nodiscard]] bool wait(const Deadline& deadline) const noexcept { return log->below_ceiling(deadline); }
  };

  /// What is durable here is waited for at the standby.
  template <class Level, class Outcome, class Local>
  Outcome at_level(const Local& local, const Deadline& deadline) noexcept {
    const auto standing = [&](auto acked) -> Outcome {
      if constexpr (std::is_same_v<Level, LocalDurable>) {
        if (standby_ != nullptr) standby_->nudge(journal_->durable());
        return acked;
      } else {
        if (!standby_->nudge_and_wait(journal_->durable(), acked.position, deadline, lost_ == LostStandby::stop))
          return Acked<LocalDurable>{acked.position};
        if constexpr (std::is_same_v<decltype(acked), Already>)
          return acked;
        else
          return Acked<Level>{acked.position};
      }
    };
    const auto as_it_is = [](auto other) -> Outcome { return other; };
    if constexpr (std::is_same_v<Local, AppendOnceOutcome<LocalDurable>>)
      return local.match([&](Acked<LocalDurable> a) { return standing(a); }, [&](Already a) { return standing(a); },
                         [&](InDoubt d) { return as_it_is(d); }, [&](NotWritten n) { return as_it_is(n); },
                         [&](Unknown u) { return as_it_is(u); });
    else
      return local.match([&](Acked<LocalDurable> a) { return standing(a); }, [&](NotWritten n) { return as_it_is(n); },
                         [&](Unknown u) { return as_it_is(u); });
  }

  std::unique_ptr<Journal> journal_;
  std::unique_ptr<KeysPort> own_keys_;  ///< where the engine has none
  KeysPort* keys_;
  std::unique_ptr<Once> once_;
  StandbyPort* standby_;
  LostStandby lost_;
  std::uint64_t ahead_;
  std::atomic<std::uint64_t> held_{0};
  mutable SequenceCeiling ceiling_{*this};
};
using EngineLog = BasicEngineLog<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
