// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <lifeboat/archive/chain_entry.hpp>
#include <lifeboat/archive/measured_run.hpp>
#include <lifeboat/core/error.hpp>
#include <lifeboat/record/invariant.hpp>
#include <lifeboat/restore/journal_tail.hpp>
#include <lifeboat/source/not_restored.hpp>

// What a restore will do, and what it did.
namespace lifeboat::inline LIFEBOAT_ABI {

/// How much is read out of one archive.
struct PlannedArchive {
  ArchiveId archive;
  std::uint64_t bytes = 0;
};

/// What a restore will do, known before a byte is written.
struct RestorePlan {
  ArchiveId archive;
  Timestamp time;  ///< of the archive: the end of its cut
  CutKind cut = CutKind::per_file;
  std::string target;
  std::string staging;   ///< where it is built: beside the target, or in it where that exists
  bool extract = false;  ///< a scope was given
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t content_bytes = 0;       ///< sizes of the files, holes counted
  std::uint64_t write_bytes = 0;         ///< without holes
  std::uint64_t read_bytes = 0;          ///< out of archives
  std::vector<PlannedArchive> archives;  ///< those that are read, the archive itself first
  std::uint64_t torn = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t space_needed = 0;
  std::uint64_t space_free = 0;
  std::uint64_t seconds = 0;            ///< estimated; 0 where there is nothing to go by
  std::string seconds_basis;            ///< what that rests on
  std::optional<MeasuredRun> measured;  ///< the run that it rests on; none: it is a guess
  std::optional<JournalTail> tail;      ///< what of the journal follows the archive; none: no journal, or an extract
  std::string undone_list;              ///< where the groups that stay behind are written down
  std::vector<Error> refusals;          ///< why it will not be done; empty: it can be

  [[nodiscard]] bool possible() const noexcept { return refusals.empty(); }
};

/// What a restore did.
struct RestoreReport {
  ArchiveId archive;
  std::string target;
  bool extract = false;
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t read_bytes = 0;      ///< out of archives
  std::uint64_t old_bytes = 0;       ///< taken from the old tree, after their digests fitted
  std::uint64_t kept_bytes = 0;      ///< what the interrupted restore had written, after its digests fitted
  std::optional<Position> position;  ///< of the last group, where there is a journal
  Timestamp position_time;           ///< of that group
  std::uint64_t groups = 0;          ///< of the journal, behind the archive
  Undone undone;
  std::string journal;  ///< where it stands in the target
  std::vector<InvariantReport> invariants;
  std::uint64_t torn = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t not_restored = 0;  ///< parts of entries that the system did not let this process bring back
  std::uint64_t not_restored_by_part[NotRestoredList::parts] = {};
  std::vector<NotRestored> not_restored_list;  ///< the first of each part
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
