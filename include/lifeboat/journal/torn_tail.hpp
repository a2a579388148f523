// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/result.hpp>
#include <lifeboat/journal/head.hpp>
#include <lifeboat/journal/shipped.hpp>

// What a writer finds behind the end of its journal, and whom it asks before it cuts that (docs/journal.md, section 4).
namespace lifeboat::inline LIFEBOAT_ABI {

/// The end of a journal as its writer finds it, and what became of it.
struct TornTail {
  std::string journal;                 ///< its folder
  Position after;                      ///< the last whole group
  Timestamp since;                     ///< of it
  std::uint64_t groups = 0;            ///< that a whole commit names behind it, and that no copy gave back: they may be
                                       ///< acknowledged
  std::uint64_t bytes = 0;             ///< that stand behind it and are no whole batch; 0: nothing does
  std::uint64_t taken = 0;             ///< groups behind it that a copy gave back
  std::string copy;                    ///< which
  std::vector<std::string> not_asked;  ///< why others gave nothing, a sentence each
};

/// The end of a journal while its writer opens it: it takes what a copy has behind it.
struct JournalEndPort {
  /// Of the journal.
  [[nodiscard]] virtual const std::string& folder() const = 0;
  /// Which journal it is, and the records that its last segment names; borrowed.
  [[nodiscard]] virtual ShippedOrigin origin() const = 0;
  /// Where it stands now.
  [[nodiscard]] virtual JournalHead head() const = 0;
  /// The group that comes next.
  [[nodiscard]] virtual Position next() const = 0;
  /// Puts a batch where it stood, durable with the opening. False: it does not follow by journal, epoch, sequence and
  /// chain, or is another one than the tail's own commit names. Errors: corrupt, for groups that are not what their
  /// chain says; those of the journal's files, which end its opening.
  virtual Result<bool> take(std::string_view copy, const ShippedOrigin& origin, const ShippedBatch& batch) = 0;
  /// A copy is known to hold groups up to there, and could not give them. Where no other one does, the opening ends
  /// with that: their numbers would be given out again.
  virtual void lacks(const Position& upto, const Error& why) = 0;
  /// A copy could not be asked, or does not fit.
  virtual void not_asked(const Error& why) = 0;
  virtual ~JournalEndPort() = default;
};

/// Who knows of copies of a journal, and is told of a tail before it is cut.
struct TornTailPort {
  /// Gives `end` what copies have behind it (take_back.hpp); asked each time that a writer goes on with a journal in
  /// its epoch, for what a disk lost may leave no trace.
  virtual void take_back(JournalEndPort&) {}
  /// A tail will be cut in which a whole commit names groups: its flush may have come back. An error keeps the journal
  /// as it is.
  virtual Status torn(const TornTail& tail) = 0;
  /// A tail was cut, or groups were taken back.
  virtual void settled(const TornTail&) {}
  virtual ~TornTailPort() = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
