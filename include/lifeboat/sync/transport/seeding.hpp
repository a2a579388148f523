// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <lifeboat/core/result.hpp>
#include <lifeboat/journal/head.hpp>
#include <lifeboat/journal/reader.hpp>

// A standby that lacks what its primary's journal keeps no more.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a journal's oldest segment goes on from; empty where that is its beginning. Errors: those of the reader.
template <class = void>
Result<JournalHead> journal_begin(const std::string& folder) {
  LIFEBOAT_TRY(const JournalReader reader, JournalReader::open(folder));
  const SegmentHeader& oldest = reader.header();
  if (oldest.after == 0) return JournalHead{};
  // An epoch that leaves out sequences goes on from a group of an earlier one.
  const std::uint64_t epoch = oldest.first == oldest.after + 1 ? oldest.epoch : oldest.epoch - 1;
  return JournalHead{{epoch, oldest.after}, oldest.chain};
}

/// Whether a copy that stands at `own` can go on from what a journal keeps behind `kept`.
inline bool goes_on_from(const JournalHead& own, const JournalHead& kept) noexcept {
  return own.last.sequence >= kept.last.sequence;
}

/// What a standby says that can not: by name and id what it needs, and what to do.
template <class = void>
Error range_needed(const Id& journal, const JournalHead& own, const JournalHead& kept, bool from_repository) {
  Error error{ErrorId::object_missing, "the standby needs the groups behind " + to_text(own.last) + " up to " +
                                           to_text(kept.last) + " of the journal " + to_hex(journal.bytes) +
                                           ", which the primary keeps no more" +
                                           (from_repository ? ": it takes them from the repository" : "")};
  if (from_repository) return std::move(error).unchanged();
  return std::move(error)
      .next(
          "lifeboat restore --medium MEDIUM --id SOURCE --target NEW    # load that state, and open the standby with "
          "an "
          "empty replica and .held = its position; or give the standby the repository: .medium, .source")
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
