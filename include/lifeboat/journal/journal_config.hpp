// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <string>
#include <vector>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A torn tail in which a whole commit names groups: its flush may have come back, and they may be acknowledged.
struct TornTail {
  Position after;            ///< the last whole group
  Timestamp since;           ///< of it
  std::uint64_t groups = 0;  ///< that the commit names behind it
};

/// Who is told of a torn tail before it is cut; its error keeps the journal as it is.
struct TornTailPort {
  virtual Status torn(const TornTail& tail) = 0;
  virtual ~TornTailPort() = default;
};

/// How a journal is opened.
struct JournalConfig {
  std::string folder{};                         ///< made where it is not there, none above it
  std::uint64_t segment_length = 16ULL << 20U;  ///< a multiple of 4 KiB; of segments that are made from now on
  std::size_t queue_bytes = 1U << 20U;          ///< groups that wait for a flush; twice that is held
  std::uint64_t max_kept = 0;                   ///< bytes of segments beyond which no group is taken; 0: no end
  std::vector<Bytes> schemas{};                 ///< of the records that will be appended (schema_bytes<R>())
  std::uint64_t epoch = 0;  ///< 0: the one that stands there; a higher one begins it: who does that has claimed it
  std::uint64_t first_sequence = 0;  ///< with a new epoch: its groups are numbered from here, where that is higher
  bool adopts = false;               ///< opens what a restore left, too: for who has claimed the epoch that it names
  TornTailPort* tails = nullptr;     ///< told where a tail that is cut may hold acknowledged groups
  const ClockPort* clock = nullptr;  ///< null: the machine's
  RandomPort* random = nullptr;
};

/// What stood in the journal when its writer opened it.
struct JournalRecovery {
  std::uint64_t last = 0;       ///< sequence of the last whole group, of whatever epoch; 0: none
  std::uint64_t cut_bytes = 0;  ///< of a torn tail that was cut behind it: groups whose flush never came back
  std::uint64_t doubtful = 0;   ///< groups in it that a whole commit names: they may have been acknowledged
};

/// The error for what the journal's own files refuse.
template <class = void>
Error journal_failed(const std::string& path, const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error{full ? ErrorId::medium_full : ErrorId::medium_io, "the journal " + path + ": " + what}.because(error);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
