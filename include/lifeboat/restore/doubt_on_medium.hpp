// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/restore/doubt_state.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class = void>
Result<DoubtState> read_doubt_pieces(MediumPort& medium, const std::string& source, const JournalHistory& history) {
  DoubtState state;
  LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, history));
  while (true) {
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) return state;
    BatchGroups groups(*batch);
    while (const auto group = groups.next()) {
      RecordsOfGroup records = group->records();
      while (const auto record = records.next())
        if (!state.apply(*record))
          return Error{ErrorId::format_version, "the doubt window of " + source + " on the medium has a record at " +
                                                    to_text(group->position) + " that this version can not read"};
    }
  }
}

template <class = void>
Result<JournalHistory> whole_doubt(MediumPort& medium, const std::string& source, std::uint64_t epoch) {
  LIFEBOAT_TRY(JournalHistory history, list_journal(medium, source));
  if (!history.empty() && history.pieces.front().after != 0)
    return Error{ErrorId::object_missing, "the medium has the doubt window " + source + " from behind group " +
                                              std::to_string(history.pieces.front().after) +
                                              " on, and not what was in doubt before"};
  LIFEBOAT_TRY(const DoubtState state, read_doubt_pieces(medium, source, history));
  if (epoch > 1 && state.fresh_epoch() < epoch)
    return Error{ErrorId::object_missing, "epoch " + std::to_string(epoch) +
                                              " may have begun with a loss or an undoing, and " + piece_prefix(source) +
                                              " on the medium does not say which keys that left in doubt"};
  return history;
}

}  // namespace detail

/// What a medium has of the doubt window of a journal that came to `epoch` there: all of it, from its beginning on, and
/// read. Errors: object_missing, where something of it is not there; those of list_journal and PieceReader.
template <class = void>
Result<JournalHistory> list_doubt(MediumPort& medium, const std::string& source, std::uint64_t epoch) {
  Result<JournalHistory> history = detail::whole_doubt(medium, source, epoch);
  if (history) return history;
  const ErrorId id = history.error().id();
  if (id != ErrorId::object_missing && id != ErrorId::damage && id != ErrorId::corrupt && id != ErrorId::chain_fork)
    return history;
  return std::move(history)
      .error()
      .next("--despite doubt    # without it: from the adoption on each key that nobody vouches for is in doubt")
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
