// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/failover/standby.hpp>
#include <lifeboat/failover/standby_note.hpp>

// The promotion of a replica whose process is gone: by what it noted, and by what the folder and the repository hold.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a promotion would come to, looked at beforehand; nothing was changed.
struct PromotionPlan {
  Position here;                            ///< the last group that the replica has
  Position repository;                      ///< the last one that the repository has; zeros where none is given
  PromotionLoss loss;                       ///< behind the higher of the two
  std::vector<InvariantReport> invariants;  ///< of what is here
  std::uint64_t epoch = 0;                  ///< the next one; a writer that comes between takes it
  std::uint64_t first = 0;
  bool doubt = false;  ///< windows of earlier losses are here
};

/// Looks at a replica that nobody receives into, and at the repository where one is given. Errors: object_missing (no
/// group is there), those of the reader, of list_journal, of check_restored and of check_stopped. `stopped`: as
/// PromoteRequest has it; `own`: the engine's invariants.
template <class = void>
Result<PromotionPlan> plan_promotion(const std::string& replica, const std::optional<StandbyNote>& note,
                                     MediumPort* medium, const std::string& source, Timestamp now,
                                     const std::optional<Timestamp>& stopped = {}, MakeInvariants own = nullptr) {
  LIFEBOAT_CHECK(refuse_part_in(replica));
  PromotionPlan plan;
  LIFEBOAT_TRY(const JournalHead end, journal_end(replica));
  plan.here = end.last;
  std::uint64_t claimed = 0;
  if (medium != nullptr) {
    LIFEBOAT_TRY(const JournalHistory history, list_journal(*medium, source));
    plan.repository = history.last();
    LIFEBOAT_TRY(claimed, chain_epoch(*medium, source));
  }
  const Position last = std::max(plan.here, plan.repository);
  const bool heard_of = note && note->heard;
  plan.loss =
      heard_of ? loss_behind(last, note->durable, note->durable_time, *note->heard) : loss_behind(last, last, {}, now);
  LIFEBOAT_CHECK(check_stopped(stopped, plan.loss.heard));
  note_ceiling(plan.loss, replica, stopped);
  LIFEBOAT_TRY(plan.invariants, check_restored(replica, own));
  const Position heard = note ? note->durable : Position{};
  plan.epoch = std::max({last.epoch, heard.epoch, claimed}) + 1;
  plan.first = std::max(last.sequence, plan.loss.possibly_upto.sequence) + 1;
  if (plan.loss.reserved) plan.first = std::max(plan.first, plan.loss.reserved->upto.sequence + 1);
  if (medium != nullptr) {
    LIFEBOAT_TRY(const std::vector<Reservation> ceilings, ceilings_on(*medium, source));
    for (const Reservation& one : ceilings) plan.first = std::max(plan.first, one.upto.sequence + 1);
  }
  plan.doubt = has_doubt(replica);
  return plan;
}

namespace detail {

/// A receiver whose process is gone: it stands where it stood, and says what was noted.
template <class = void>
class BasicRestingReceiver final : public ReceiverPort {
 public:
  BasicRestingReceiver(std::string folder, Position here, const std::optional<StandbyNote>& note, Timestamp now)
      : folder_(std::move(folder)), here_(here) {
    link_.state = LinkState::stopped;
    link_.standby.last = here;
    link_.durable = here;
    if (!note) return;
    link_.durable = std::max(here, note->durable);
    link_.durable_time = note->durable_time;
    link_.no_doubt = note->no_doubt;
    if (note->heard)
      link_.heard = std::chrono::steady_clock::now() - std::chrono::seconds(now.seconds - note->heard->seconds);
  }
  [[nodiscard]] const std::string& folder() const noexcept override { return folder_; }
  [[nodiscard]] Position durable() const noexcept override { return here_; }
  bool wait(Position position, const std::optional<Moment>&) noexcept override { return position <= here_; }
  [[nodiscard]] LinkStatus status() const override { return link_; }
  void stop() noexcept override {}

 private:
  std::string folder_;
  Position here_;
  LinkStatus link_;
};

/// A state that nobody keeps here: the engine brings its own up to the journal when it starts.
struct NoState final : StatePort {
  Status apply(const JournalGroup&, const SegmentHeader&) override { return ok(); }
};

}  // namespace detail

/// Promotes a replica whose process is gone, as Standby::promote does, by what that one noted of the primary. The
/// engine is not here: it opens the journal that goes on, and replays it, when it starts. The note is removed: the
/// folder is no standby any more. Errors: object_missing, where no group is there; those of Standby::promote.
template <class = void>
Result<Promotion> promote_replica(const std::string& replica, const std::optional<StandbyNote>& note,
                                  PromoteRequest request, const ClockPort* clock = nullptr) {
  LIFEBOAT_CHECK(refuse_part_in(replica));
  LIFEBOAT_TRY(const JournalHead end, journal_end(replica));
  const SystemClock own;
  const Timestamp now = (clock != nullptr ? *clock : static_cast<const ClockPort&>(own)).now().wall;
  detail::NoState state;
  LIFEBOAT_TRY(
      const std::unique_ptr<Standby> standby,
      Standby::open({.receiver = std::make_unique<detail::BasicRestingReceiver<>>(replica, end.last, note, now),
                     .state = &state,
                     .applied = end.last,
                     .clock = clock}));
  LIFEBOAT_TRY(Promotion promotion, standby->promote(std::move(request)));
  const auto folder = open_at(AT_FDCWD, replica.c_str(), O_RDONLY | O_DIRECTORY);
  if (folder) (void)remove_file(folder.value.get(), standby_note_name);  // what is left of it says less than the epoch
  return promotion;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
