// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <vector>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/journal/piece.hpp>
#include <lifeboat/schedule/apply_prune.hpp>
#include <lifeboat/schedule/retention.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a medium has of a journal, and nobody can need any more. Oldest first.
struct SpentJournal {
  std::vector<JournalPiece> pieces;
  std::uint64_t bytes = 0;
  Position upto;  ///< the last group that goes
};

namespace detail {

/// The lowest position that an archive states: one that stays, or one that may be read until its grace is over.
template <class = void>
std::optional<Position> lowest_position(const Catalog& catalog, const ClockReading& now) {
  std::optional<Position> lowest;
  const auto see = [&](const ArchiveRecord& record) {
    if (record.facts.has_position && (!lowest || record.facts.position < *lowest)) lowest = record.facts.position;
  };
  for (const ArchiveRecord& record : catalog.archives) see(record);
  for (const ChainEntry& e : catalog.entries) {
    if (e.kind != EntryKind::prune || is_due(e, now)) continue;
    for (const ArchiveRecord& record : catalog.pruned)
      if (std::find(e.prune.goes.begin(), e.prune.goes.end(), record.facts.archive) != e.prune.goes.end()) see(record);
  }
  return lowest;
}

}  // namespace detail

/// The pieces that lie below every archive which a restore could begin at, and further behind the end than a client may
/// ask again: none where the retention does not say how far that is. The piece that the lowest archive's position lies
/// in stays. Pieces that a later epoch undid go with the pieces which say so, and before them: without those they would
/// be taken for history. Where the chain has findings or gaps nothing is spent, for an archive that it lacks may need
/// it. Errors: those of list_journal.
template <class = void>
Result<SpentJournal> spent_journal(MediumPort& medium, const Catalog& catalog, const Retention& retention,
                                   const ClockReading& now) {
  SpentJournal spent;
  if (!retention.groups || !catalog.findings.empty() || catalog.gaps) return spent;
  const std::optional<Position> lowest = detail::lowest_position(catalog, now);
  if (!lowest) return spent;
  LIFEBOAT_TRY(const JournalHistory history, list_journal(medium, catalog.source));
  const std::uint64_t head = history.last().sequence;
  for (std::size_t i = 0; i + 1 < history.pieces.size(); ++i) {
    const JournalPiece& piece = history.pieces[i];
    const Position end{piece.epoch, piece.upto};
    // By their names pieces behind a lower one are older history: the first that stays ends what goes.
    if (end >= *lowest || head < piece.upto || head - piece.upto < *retention.groups) break;
    spent.pieces.push_back(piece);
    spent.upto = end;
  }
  std::vector<JournalPiece> undone;
  for (const JournalPiece& piece : history.undone)
    if (piece.epoch < spent.upto.epoch) undone.push_back(piece);
  spent.pieces.insert(spent.pieces.begin(), undone.begin(), undone.end());
  for (const JournalPiece& piece : spent.pieces) spent.bytes += piece.length;
  return spent;
}

/// Removes them, oldest first, so that what is left after a crash is a history without a gap. Errors: those of the
/// medium.
template <class = void>
Status remove_spent(MediumPort& medium, const std::string& source, const SpentJournal& spent) {
  for (const JournalPiece& piece : spent.pieces) {
    const ObjectName name = piece_name(source, piece);
    LIFEBOAT_CHECK(medium.remove({&name, 1}));
  }
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
