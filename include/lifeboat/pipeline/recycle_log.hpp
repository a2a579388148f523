// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/journal/piece.hpp>
#include <lifeboat/pipeline/parts.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Lets go of the engine's segments that the newest archive with a position, the medium and the copy are past; nothing
/// where the sync does not recycle. `medium` and `copy` are the last groups that those have. A range that the copy
/// loses is told. Errors: those of list_journal and of recycle_segments.
template <class = void>
Result<Recycled> recycle_log(const Parts& parts, const Catalog& chain, Position medium, Position copy) {
  const auto log = parts.sync->log();
  if (!log || !log->recycles) return Recycled{};
  LIFEBOAT_TRY(const JournalHistory history, list_journal(*parts.medium, parts.source_id));
  Position archived{};
  for (const ArchiveRecord& record : chain.archives)
    if (record.facts.has_position && !record.lost && history.holds(record.facts.position))
      archived = std::max(archived, record.facts.position);
  LIFEBOAT_TRY(const Recycled done, parts.sync->recycle(std::min(archived, medium), copy));
  if (done.dropped != 0)
    parts.log.tell(Event{ErrorId::journal_full, parts.source_id,
                         "the journal " + log->folder + " reached what it may keep, and let go of " +
                             std::to_string(done.dropped) + " segments that its copy, at " + to_text(copy) +
                             ", has not had: it takes them from the medium, or has to be seeded anew",
                         0});
  return done;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
