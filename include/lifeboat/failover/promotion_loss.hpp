// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include <lifeboat/core/position.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/core/time_text.hpp>
#include <lifeboat/journal/reservation.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a promotion may cost, as an interval and what it rests on. What was acknowledged at StandbyDurable is never in
/// it.
struct PromotionLoss {
  Position last;                         ///< the last group that is here
  std::uint64_t known = 0;               ///< groups that are known to be lost: none can be, by what a standby knows
  std::uint64_t possibly = 0;            ///< groups that the primary said are durable there, and that are not here
  Position possibly_upto;                ///< the last of them
  std::optional<Reservation> reserved;   ///< a ceiling that the primary had reserved here
  bool bounded = false;                  ///< it had stopped before that ended: nothing above the ceiling was handed out
  std::optional<Timestamp> heard;        ///< when the primary said so, by its clock; none: it was never heard of
  std::optional<Timestamp> silent_from;  ///< unknown: what became durable there since, by this side's clock

  /// Whether the interval ends at zero: never, while the primary could write unheard.
  [[nodiscard]] bool zero() const noexcept { return known == 0 && possibly == 0 && !silent_from; }
};

/// What may have been lost behind the last group that is here, when the primary `said`, by its clock, that it is
/// durable up to `durable` (none: it was never heard of), and was silent from then on, by this side's.
template <class = void>
PromotionLoss loss_behind(Position last, Position durable, const std::optional<Timestamp>& said,
                          const Timestamp& silent_from) {
  PromotionLoss loss;
  loss.last = last;
  loss.possibly_upto = last;
  loss.heard = said;
  loss.silent_from = silent_from;
  if (said && durable > last && durable.sequence > last.sequence) {
    loss.possibly = durable.sequence - last.sequence;
    loss.possibly_upto = durable;
  }
  return loss;
}

/// Takes what the primary had reserved in a replica's folder into account: what is damaged bounds nothing. `stopped`:
/// as PromoteRequest has it.
template <class = void>
void note_ceiling(PromotionLoss& loss, const std::string& replica, const std::optional<Timestamp>& stopped) {
  const auto reserved = read_reservation(replica, ceiling_name);
  if (!reserved || !*reserved || (*reserved)->upto.epoch < loss.last.epoch || (*reserved)->upto <= loss.last) return;
  loss.reserved = **reserved;
  loss.bounded = stopped && *stopped <= loss.reserved->until &&
                 loss.reserved->upto.epoch == std::max(loss.last.epoch, loss.possibly_upto.epoch) &&
                 loss.possibly_upto <= loss.reserved->upto;
}

/// Whether somebody may state that nothing was lost: not of groups that the primary itself said it had. Errors: undone.
template <class = void>
Status check_nothing_lost(const PromotionLoss& loss) {
  const std::uint64_t lacking = loss.known + loss.possibly;
  if (lacking == 0) return ok();
  return Error{ErrorId::undone, "nobody can state that nothing was lost: the primary said that it was durable up to " +
                                    to_text(loss.possibly_upto) + ", and the last group that is here is " +
                                    to_text(loss.last) + ", so " + std::to_string(lacking) +
                                    (lacking == 1 ? " group is lacking" : " groups are lacking")}
      .next("the same line without --nothing-lost    # or find what is lacking: its disk, a medium, another standby");
}

/// Three sentences: known, possibly, unknown.
template <class = void>
std::string to_text(const PromotionLoss& loss) {
  std::string text = "known lost: " + std::to_string(loss.known) + " groups; possibly lost: ";
  if (!loss.heard)
    text.append("unknown, the primary was never heard of");
  else if (loss.possibly == 0)
    text.append("none up to ").append(to_text(loss.last)).append(", by what the primary said at ");
  else
    text.append(std::to_string(loss.possibly)).append(" groups, up to ").append(to_text(loss.possibly_upto));
  if (loss.heard && loss.possibly != 0) text.append(", which the primary said were durable there at ");
  if (loss.heard) text.append(utc_text(*loss.heard));
  text.append("; unknown: ");
  if (loss.bounded)
    text.append("at most ")
        .append(std::to_string(loss.reserved->upto.sequence - loss.last.sequence))
        .append(" groups in all, up to ")
        .append(to_text(loss.reserved->upto))
        .append(", the ceiling that the primary had reserved here until ")
        .append(utc_text(loss.reserved->until));
  else if (loss.silent_from)
    text.append("what became durable there since ").append(utc_text(*loss.silent_from)).append(", and nowhere else");
  else
    text.append("nothing");
  return text;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
