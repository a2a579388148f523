// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <string>

#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/journal/segment.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Where a copy of a journal stands. Two copies with one position and one chain hold the same groups up to there; two
/// with one position and two chains hold two histories.
struct JournalHead {
  Position last;       ///< of the last group; in an epoch without one, the one before it
  ChainValue chain{};  ///< after it
  friend bool operator==(const JournalHead&, const JournalHead&) = default;
};

/// "1:42 (chain 0f3a5c7e9b1d2f40)".
template <class = void>
std::string head_text(const JournalHead& head) {
  return to_text(head.last) + " (chain " + to_hex(ByteView(head.chain).first(8)) + ")";
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
