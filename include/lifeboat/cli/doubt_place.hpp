// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/stat.h>

#include <lifeboat/cli/opening.hpp>
#include <lifeboat/cli/verify_journal.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/failover/standby_note.hpp>
#include <lifeboat/restore/doubt_epoch.hpp>
#include <lifeboat/restore/doubt_place.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Where a doubt window stands: within a journal, or alone.
struct DoubtPlace {
  std::string journal;      ///< empty: the window stands alone
  std::string window;       ///< its folder
  std::uint64_t epoch = 0;  ///< that the journal came to
  bool there = false;

  /// Which `fresh_epoch` the window has to know at least; 0: there may be none.
  [[nodiscard]] std::uint64_t owed() const { return journal.empty() ? 0 : owed_fresh_epoch(journal, epoch); }
};

namespace detail {

template <class = void>
bool holds_doubt(const SegmentHeader& header) noexcept {
  return std::any_of(header.schemas.begin(), header.schemas.end(), [](const Bytes& schema) {
    return schema.size() >= 4 && load_le<RecordNumber>(schema.data()) == record_number<DoubtOpened>();
  });
}

}  // namespace detail

/// The window of --journal. Errors: usage; object_missing, where there is no journal either.
template <class = void>
Result<DoubtPlace> doubt_place(Session& session) {
  if (!session.arguments.has("--journal"))
    return Error{ErrorId::usage, std::string(session.arguments.command().name) + " needs a journal"}
        .next("--journal DIR")
        .unchanged();
  DoubtPlace place;
  place.journal = absolute_path(session.arguments.text("--journal"));
  place.window = doubt_folder(place.journal);
  place.there = has_doubt(place.journal);
  put_text(session.json, "journal", place.journal);
  const Result<JournalReader> reader = JournalReader::open(place.journal);
  if (!reader) return without_journal(session, reader.error());
  LIFEBOAT_TRY(const SegmentHeader newest, newest_header(place.journal));
  place.epoch = newest.epoch;
  if (!place.there && detail::holds_doubt(newest)) {
    place.window = std::move(place.journal);
    place.journal.clear();
    place.there = true;
  }
  return place;
}

/// What the window says. Errors: object_missing, where it does not say how the journal's epoch began; those of
/// read_doubt, with the line that leads on.
template <class = void>
Result<DoubtState> window_state(Session& session, const DoubtPlace& place) {
  const std::string& window = place.window;
  Result<DoubtState> state = read_doubt(window);
  if (state && state->fresh_epoch() >= place.owed()) return state;
  if (place.owed() != 0 && (state || state.error().id() == ErrorId::object_missing)) {
    session.refused = true;
    return no_doubt_of_epoch(place.journal, place.epoch);
  }
  Error error = state.error();
  if (error.id() == ErrorId::object_missing)
    return std::move(error)
        .next("the same command again    # when it is mounted, or restored from a backup")
        .unchanged();
  if (error.id() == ErrorId::corrupt)
    return std::move(error).next("lifeboat records --verify --journal " + shell_quoted(window)).unchanged();
  return error;
}

/// A standby's copy is its primary's: what somebody writes into it by hand makes two histories of one window. Errors:
/// usage.
template <class = void>
Status check_no_standby(Session& session, const DoubtPlace& place) {
  if (place.journal.empty()) return ok();
  const auto note = stat_at(AT_FDCWD, (place.journal + "/" + standby_note_name).c_str());
  if (note.error == ENOENT) return ok();
  session.refused = true;
  return Error{ErrorId::usage, place.journal + " is a standby's copy: its window is its primary's, and is closed there"}
      .next("lifeboat standby --status --replica " + shell_quoted(place.journal) +
            "    # whose it is; after a promotion its window is its own")
      .unchanged();
}

/// Whoever writes into a folder as somebody else leaves files there that its engine can not open. Errors:
/// foreign_owner.
template <class = void>
Status check_owner_of(const std::string& folder) {
  struct stat found {};
  if (::stat(folder.c_str(), &found) != 0) return ok();
  return check_owner(folder, found.st_uid);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
