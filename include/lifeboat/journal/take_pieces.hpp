// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/journal/ship.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What the oldest piece on a medium goes on from; empty where that is the journal's beginning, or there is none. A
/// replica that holds nothing can begin there. Errors: those of list_journal and PieceReader.
template <class = void>
Result<JournalHead> pieces_begin(MediumPort& medium, const std::string& source) {
  LIFEBOAT_TRY(JournalHistory history, list_journal(medium, source));
  if (history.empty() || history.pieces.front().after == 0) return JournalHead{};
  LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, std::move(history)));
  LIFEBOAT_TRY(const JournalBatch* const first, reader.next_batch());
  if (first == nullptr) return JournalHead{};
  // An epoch that leaves out sequences goes on from a group of an earlier one.
  const std::uint64_t epoch = first->first == first->after + 1 ? first->epoch : first->epoch - 1;
  return JournalHead{{epoch, first->after}, first->before};
}

/// Brings a replica up to what a medium has of the journal of a source; a replica that is further stays as it is.
/// Errors: object_missing, where the medium does not have what comes right behind the replica, or a piece is gone;
/// diverged and fenced, where a copy elsewhere went on in an epoch of its own; those of list_journal, PieceReader and
/// JournalReplica::receive; interrupted.
template <class = void>
Result<ShipReport> take_pieces(MediumPort& medium, const std::string& source, JournalReplica& to,
                               const ShipBudget& budget = {}) {
  LIFEBOAT_TRY(JournalHistory history, list_journal(medium, source));
  const Position own = to.last();
  if (const std::uint64_t epoch = history.left_by(own); epoch != 0)
    return Error{ErrorId::diverged, "epoch " + std::to_string(epoch) + " of " + source + " went on without group " +
                                        to_text(own) + ", with which the replica ends"}
        .next("keep its folder as evidence; a replica in another one is seeded anew")
        .unchanged();
  if (history.empty() || history.last() <= own) {
    ShipReport nothing;
    nothing.last = own;
    nothing.caught_up = true;
    return nothing;
  }
  const JournalPiece& oldest = history.pieces.front();
  if (oldest.after > own.sequence)
    return Error{ErrorId::object_missing, "the medium has the journal of " + source + " from behind " +
                                              to_text(Position{oldest.epoch, oldest.after}) +
                                              " on, and what comes behind " + to_text(own) + " is needed"}
        .unchanged();
  if (const JournalGap* const gap = history.gap_between(own, history.last()))
    return missing_groups(source, *gap).next("lifeboat verify --id " + source).unchanged();
  LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, std::move(history), own));
  return ship(reader, to, budget);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
