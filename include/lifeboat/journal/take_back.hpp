// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/part.hpp>
#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/journal/torn_tail.hpp>

// What a copy of a journal has behind that one's end, given back to it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The error for a copy that has another history behind the end of a journal.
template <class = void>
Error other_groups(const std::string& copy, const JournalEndPort& end, const JournalHead& there) {
  return Error{ErrorId::diverged, copy + " has other groups behind " + to_text(end.head().last) +
                                      " than the journal: it stands at " + head_text(there)};
}

/// Gives `end` the batches of its epoch that a reader finds behind it. `copy` is for what is said. Errors: diverged,
/// where the copy has others there; those of the reader and of `end`.
template <class Reader>
Status take_back(Reader& reader, const std::string& copy, JournalEndPort& end) {
  while (true) {
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr || batch->epoch != end.next().epoch) return ok();
    if (batch->last < end.next().sequence) continue;
    LIFEBOAT_TRY(const bool taken, end.take(copy, reader.header(), *batch));
    if (!taken) return other_groups(copy, end, {{batch->epoch, batch->last}, batch->chain});
  }
}

/// The same from the folder of a replica. Only what was durable is shipped: what stands there whole, with a chain that
/// fits, was it, whether or not the replica has a watermark of it. Errors: those of JournalReader, too.
template <class = void>
Status take_back_from_replica(const std::string& replica, JournalEndPort& end) {
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(replica, end.next()));
  LIFEBOAT_CHECK(refuse_part(replica, reader.header().schemas));
  reader.trust({~std::uint64_t{0}, ~std::uint64_t{0}});
  return take_back(reader, "the replica " + replica, end);
}

/// The same from a medium that has the journal of `source`. Errors: those of list_journal and PieceReader, too.
template <class = void>
Status take_back_from_medium(MediumPort& medium, const std::string& source, JournalEndPort& end) {
  LIFEBOAT_TRY(JournalHistory history, list_journal(medium, source));
  const Position next = end.next();
  if (history.last().epoch != next.epoch || history.last() < next) return ok();
  LIFEBOAT_TRY(PieceReader reader,
               PieceReader::open(medium, source, std::move(history), {next.epoch, next.sequence - 1}));
  return take_back(reader, "the medium", end);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
