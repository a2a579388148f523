// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/replace_file.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/journal_epoch.hpp>
#include <lifeboat/restore/doubt_place.hpp>
#include <lifeboat/restore/doubt_reader.hpp>

// Every epoch but the first begins with an adoption or a promotion, and both leave a record in the doubt window of the
// journal, also where nothing was lost; a writer that cuts a tail which may have been acknowledged leaves an empty file
// beside its segments. So a window that is gone can be told from one that never was.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The file that says that such a tail of an epoch was cut.
template <class = void>
std::string torn_mark(std::uint64_t epoch) {
  return "torn-" + std::to_string(epoch);
}
/// Leaves it, durably; behind the window, whose absence it would tell of. Errors: medium_full, medium_io.
template <class = void>
Status mark_torn(const std::string& journal, std::uint64_t epoch) {
  const std::string name = torn_mark(epoch);
  const int error = replace_file(journal, name, {});
  if (error == 0) return ok();
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error{full ? ErrorId::medium_full : ErrorId::medium_io, journal + "/" + name + " can not be made"}
      .because(error)
      .unchanged();
}
template <class = void>
bool was_torn(const std::string& journal, std::uint64_t epoch) {
  return stat_at(AT_FDCWD, (journal + "/" + torn_mark(epoch)).c_str()).error == 0;
}

/// Which `fresh_epoch` the window of a journal has to know at least that is in this epoch; 0: it may have none.
template <class = void>
std::uint64_t owed_fresh_epoch(const std::string& journal, std::uint64_t epoch) {
  if (was_torn(journal, epoch)) return epoch + 1;
  return epoch < 2 ? 0 : epoch;
}

/// The error for an epoch of which no window says with what loss it began, or what was lost in it.
template <class = void>
Error no_doubt_of_epoch(const std::string& journal, std::uint64_t epoch) {
  const std::string what =
      was_torn(journal, epoch)
          ? "a torn tail of epoch " + std::to_string(epoch) + " was cut that may have held acknowledged groups, and "
          : "epoch " + std::to_string(epoch) + " may have begun with a loss or an undoing, and ";
  return Error{ErrorId::object_missing, what + doubt_folder(journal) + " does not say which keys that left in doubt"}
      .next("lifeboat doubt --journal " + shell_quoted(journal) +
            " --open --by NAME --reason TEXT    # each key that nobody knows is in doubt; or bring the folder back")
      .unchanged();
}

/// Whether the window of a journal says what it has to of that epoch. Errors: object_missing, and those of read_doubt.
template <class = void>
Status check_doubt_of_epoch(const std::string& journal, std::uint64_t epoch) {
  const std::uint64_t owed = owed_fresh_epoch(journal, epoch);
  if (owed == 0) return ok();
  if (!has_doubt(journal)) return no_doubt_of_epoch(journal, epoch);
  const Result<DoubtState> state = read_doubt(doubt_folder(journal));
  if (!state && state.error().id() == ErrorId::object_missing) return no_doubt_of_epoch(journal, epoch);
  if (!state) return state.error();
  return state->fresh_epoch() >= owed ? ok() : Status(no_doubt_of_epoch(journal, epoch));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
