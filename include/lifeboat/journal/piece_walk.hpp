// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stop_token>

#include <lifeboat/journal/piece_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// One batch of a walk over a medium's journal; borrowed.
struct WalkedBatch {
  const JournalBatch& batch;
  const SegmentHeader& header;
  const JournalPiece& piece;
};

/// Reads a history from the piece on that holds the group behind `after`, and goes on behind what is missing or
/// damaged: that is told to `lost`, as a gap and why, and what a damaged piece had before its damage is told as read.
/// Both say whether to go on. Errors: theirs, interrupted, and those of the medium which say nothing of an object.
template <class Each, class Lost>
Status walk_pieces(MediumPort& medium, const std::string& source, const JournalHistory& history, Position after,
                   const std::stop_token& stop, Each&& each, Lost&& lost) {
  const std::vector<JournalPiece>& pieces = history.pieces;
  std::size_t at = 0;
  while (at < pieces.size() && Position{pieces[at].epoch, pieces[at].upto} <= after) ++at;
  while (at < pieces.size()) {
    const Position begins{pieces[at].epoch, pieces[at].after};
    if (at > 0 && begins > after && pieces[at].after > pieces[at - 1].upto) {
      const JournalGap* const gap = history.gap_between({pieces[at - 1].epoch, pieces[at - 1].upto}, begins);
      LIFEBOAT_TRY(const bool on, lost(*gap, missing_groups(source, *gap)));
      if (!on) return ok();
    }
    std::size_t end = at + 1;
    while (end < pieces.size() && pieces[end].after == pieces[end - 1].upto) ++end;
    const auto from = pieces.begin() + static_cast<std::ptrdiff_t>(at);
    JournalHistory run;
    run.pieces.assign(from, pieces.begin() + static_cast<std::ptrdiff_t>(end));
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, std::move(run)));
    while (true) {
      if (stop.stop_requested()) return Error{ErrorId::interrupted, "the reading of the journal was stopped"};
      const auto batch = reader.next_batch();
      if (batch && *batch == nullptr) {
        at = end;
        break;
      }
      if (batch) {
        LIFEBOAT_TRY(const bool on, each(WalkedBatch{**batch, reader.header(), pieces[at + reader.piece()]}));
        if (!on) return ok();
        continue;
      }
      if (!detail::is_lost_piece(batch.error().id())) return batch.error();
      const JournalPiece& bad = pieces[at + reader.piece()];
      const Position good{bad.epoch, reader.given()};
      const Position upto{bad.epoch, bad.upto};
      LIFEBOAT_TRY(const bool on,
                   lost(JournalGap{good, upto, detail::groups_between(history.begun, good, upto)}, batch.error()));
      if (!on) return ok();
      at += reader.piece() + 1;
      break;
    }
  }
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
