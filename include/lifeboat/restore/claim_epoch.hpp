// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include <lifeboat/archive/chain_append.hpp>
#include <lifeboat/journal/medium_ceiling.hpp>
#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/restore/evidence.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A copy of a journal that goes on in an epoch of its own.
struct EpochClaim {
  Position after;                  ///< the last group that counts
  Position above;                  ///< no number up to this is given again, and no epoch
  std::optional<Position> seen{};  ///< all that the medium has of the journal: where it has more, nothing is claimed
};

/// What a claim came to.
struct ClaimedEpoch {
  std::uint64_t epoch = 0;
  std::uint64_t first = 0;  ///< sequence of the first group to come
  Position head;            ///< the last group that the medium had of before; `after` where that is further
  Timestamp head_time;      ///< when the medium's last group was appended; zero where it had none
};

/// What a claim would come to, looked at beforehand: who claims between takes that epoch. Errors: limit, where no
/// number is left; those of the medium.
template <class = void>
Result<ClaimedEpoch> next_epoch(MediumPort& medium, const std::string& source, const EpochClaim& claim) {
  ClaimedEpoch next;
  LIFEBOAT_TRY(const JournalHistory history, list_journal(medium, source));
  const auto time = time_of_last(medium, source, history);
  if (!time && !detail::is_lost_piece(time.error().id())) return time.error();
  if (time) next.head_time = *time;  // of a piece that is damaged nobody knows
  next.head = std::max(history.last(), claim.after);
  std::uint64_t last = std::max({next.head.sequence, history.highest(), claim.after.sequence, claim.above.sequence});
  LIFEBOAT_TRY(const std::vector<Reservation> ceilings, ceilings_on(medium, source));
  for (const Reservation& one : ceilings) last = std::max(last, one.upto.sequence);
  LIFEBOAT_TRY(next.epoch, chain_epoch(medium, source));
  next.epoch = std::max({next.epoch, next.head.epoch, claim.above.epoch});
  if (last >= sequence_max || next.epoch >= epoch_max)
    return Error{ErrorId::limit,
                 "the journal of " + source + " ends at " + to_text(next.head) + ": there is no number behind it"}
        .unchanged();
  next.first = last + 1;
  ++next.epoch;
  return next;
}

namespace detail {

template <class = void>
Error moved_on(const std::string& source, Position last, Position seen) {
  return Error{ErrorId::undone, "the medium has the journal of " + source + " up to " + to_text(last) +
                                    ", and had it up to " + to_text(seen) +
                                    ": what came behind would be undone, and nobody has counted it"};
}

}  // namespace detail

/// Claims the next epoch of a source for a copy of its journal, put-if-absent: above all that chain, medium and `claim`
/// name. From then on whoever goes on in an older one is fenced, and what it writes is evidence. `entry` is signed;
/// `record` publishes it, as append_entry does. Each call claims another epoch.
/// Errors: undone, where the medium has more than the claim knows of: while it was made, too, and then the epoch is
/// claimed for nothing; those of next_epoch, of the chain and of `record`.
template <class = void>
Result<ClaimedEpoch> claim_epoch(const Repository& repository, const std::string& source, const EpochClaim& claim,
                                 ChainEntry& entry, FunctionRef<Status(Catalog&, ChainEntry&)> record) {
  MediumPort& medium = *repository.medium;
  LIFEBOAT_TRY(const std::unique_ptr<MediumLock> lock, medium.lock(source));
  LIFEBOAT_TRY(const JournalHistory before, list_journal(medium, source));
  if (claim.seen && before.last() > *claim.seen)
    return detail::moved_on(source, before.last(), *claim.seen).unchanged();
  LIFEBOAT_TRY(ClaimedEpoch claimed, next_epoch(medium, source, claim));
  LIFEBOAT_TRY(Catalog chain, load_catalog(repository, source));
  entry.kind = EntryKind::epoch;
  entry.epoch = claimed.epoch;
  entry.begins = {claim.after, claimed.first};
  LIFEBOAT_CHECK(record(chain, entry));
  claimed.epoch = entry.epoch;
  if (!claim.seen) return claimed;
  // Whoever had asked for the epoch before it was claimed may have shipped meanwhile.
  LIFEBOAT_TRY(const JournalHistory behind, list_journal(medium, source));
  if (behind.last_of_any() > before.last_of_any()) return detail::moved_on(source, behind.last_of_any(), *claim.seen);
  return claimed;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
