// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/compare_journals.hpp>
#include <lifeboat/sync/sync.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a comparison says of a copy, which is the right one; `copy` is for what is said.
template <class = void>
SyncVerdict verdict_of(const JournalComparison& found, const std::string& copy) {
  SyncVerdict verdict;
  verdict.equal = found.equal && found.right_ahead == 0;
  verdict.items = found.groups;
  verdict.first_difference = found.sentence;
  verdict.differences = found.sentence.empty() ? 0 : 1;
  if (found.sentence.empty() && found.right_ahead != 0) {
    verdict.differences = 1;
    verdict.first_difference =
        copy + " has " + std::to_string(found.right_ahead) + " groups behind the end of the journal";
  }
  if (found.left_ahead != 0) {
    verdict.moved_on_count = found.left_ahead;
    verdict.moved_on.push_back(std::to_string(found.left_ahead) + " groups behind " + to_text(found.upto.last));
  }
  return verdict;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
