// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <string>
#include <vector>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/journal/torn_tail.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

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
  TornTailPort* tails = nullptr;     ///< asked for what copies have behind its end, and told of a tail that is cut
  const ClockPort* clock = nullptr;  ///< null: the machine's
  RandomPort* random = nullptr;
};

/// What stood in the journal when its writer opened it.
struct JournalRecovery {
  std::uint64_t last = 0;       ///< sequence of the last whole group, of whatever epoch; 0: none
  std::uint64_t cut_bytes = 0;  ///< of a torn tail that was cut behind it: groups whose flush never came back
  std::uint64_t doubtful = 0;   ///< groups in it that a whole commit names: they may have been acknowledged
  std::uint64_t taken = 0;      ///< groups that a copy gave back; they are counted in `last`
};

/// The error for what the journal's own files refuse.
template <class = void>
Error journal_failed(const std::string& path, const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error{full ? ErrorId::medium_full : ErrorId::medium_io, "the journal " + path + ": " + what}.because(error);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
