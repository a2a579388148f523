// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/journal_epoch.hpp>
#include <lifeboat/restore/doubt_place.hpp>
#include <lifeboat/restore/doubt_reader.hpp>

// Every epoch but the first begins with an adoption or a promotion, and both leave a record in the doubt window of the
// journal, also where nothing was lost. So a window that is gone can be told from one that never was.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The error for an epoch of which no window says with what loss it began.
template <class = void>
Error no_doubt_of_epoch(const std::string& journal, std::uint64_t epoch) {
  return Error{ErrorId::object_missing, "epoch " + std::to_string(epoch) +
                                            " may have begun with a loss or an undoing, and " + doubt_folder(journal) +
                                            " does not say which keys that left in doubt"}
      .next("lifeboat doubt --journal " + shell_quoted(journal) +
            " --open --by NAME --reason TEXT    # each key that nobody knows is in doubt; or bring the folder back")
      .unchanged();
}

/// Whether the window of a journal says how that epoch began; nothing is asked of the first. Errors: object_missing,
/// and those of read_doubt.
template <class = void>
Status check_doubt_of_epoch(const std::string& journal, std::uint64_t epoch) {
  if (epoch < 2) return ok();
  if (!has_doubt(journal)) return no_doubt_of_epoch(journal, epoch);
  const Result<DoubtState> state = read_doubt(doubt_folder(journal));
  if (!state && state.error().id() == ErrorId::object_missing) return no_doubt_of_epoch(journal, epoch);
  if (!state) return state.error();
  return state->fresh_epoch() >= epoch ? ok() : Status(no_doubt_of_epoch(journal, epoch));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
