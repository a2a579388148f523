// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <lifeboat/journal/head.hpp>
#include <lifeboat/journal/reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Whether two copies of a journal hold the same, as far as both go.
struct JournalComparison {
  bool equal = false;            ///< something was compared, and nothing differs
  JournalHead upto;              ///< equal from where both begin up to here
  std::uint64_t groups = 0;      ///< compared, and equal
  Position difference;           ///< the first group that differs, or that one copy has and the other has not
  std::string sentence;          ///< what differs there; empty where nothing does
  std::uint64_t left_ahead = 0;  ///< groups that only the left one has, behind the end of the right one
  std::uint64_t right_ahead = 0;
};

namespace detail {

/// The first group of two batches that is not the same; the batch's first where only the grouping into flushes differs.
template <class = void>
Position first_difference(const JournalBatch& left, const JournalBatch& right) {
  ByteView a = left.frames;
  ByteView b = right.frames;
  for (std::uint64_t sequence = left.first; left.first == right.first && !a.empty() && !b.empty(); ++sequence) {
    const std::size_t length = load_le<std::uint32_t>(a.data() + 8);
    if (length != load_le<std::uint32_t>(b.data() + 8) || std::memcmp(a.data() + 8, b.data() + 8, length - 8) != 0)
      return {left.epoch, sequence};
    a = a.subspan(length);
    b = b.subspan(length);
  }
  return {left.epoch, std::min(left.first, right.first)};
}

}  // namespace detail

/// Compares two copies batch by batch, by the chain that each reader computes anew from the groups it reads: from
/// where both begin, up to where one ends. Both may be written meanwhile: what comes later is ahead.
/// `Left` and `Right` are a JournalReader, or what gives batches as one does.
/// Errors: those of the readers, and corrupt where a copy is damaged.
template <class Left, class Right>
Result<JournalComparison> compare_journals(Left& left, Right& right) {
  JournalComparison found;
  LIFEBOAT_TRY(const JournalBatch* a, left.next_batch());
  LIFEBOAT_TRY(const JournalBatch* b, right.next_batch());
  const auto behind = [](const JournalBatch& x, const JournalBatch& y) {
    return Position{x.epoch, x.last} < Position{y.epoch, y.first};
  };
  while (a != nullptr && b != nullptr && behind(*a, *b)) {
    LIFEBOAT_TRY(a, left.next_batch());
  }
  while (a != nullptr && b != nullptr && behind(*b, *a)) {
    LIFEBOAT_TRY(b, right.next_batch());
  }
  while (a != nullptr && b != nullptr) {
    if (a->epoch != b->epoch) {
      found.difference = std::min(Position{a->epoch, a->first}, Position{b->epoch, b->first});
      found.sentence = "the left one goes on with " + to_text(Position{a->epoch, a->first}) + ", the right one with " +
                       to_text(Position{b->epoch, b->first});
    } else if (a->first != b->first || a->last != b->last || a->chain != b->chain) {
      found.difference = detail::first_difference(*a, *b);
      found.sentence = "group " + to_text(found.difference) + " is not the same: left " +
                       head_text({{a->epoch, a->last}, a->chain}) + ", right " +
                       head_text({{b->epoch, b->last}, b->chain});
    }
    if (!found.sentence.empty()) return found;
    found.upto = {{a->epoch, a->last}, a->chain};
    found.groups += a->last - a->first + 1;
    LIFEBOAT_TRY(a, left.next_batch());
    LIFEBOAT_TRY(b, right.next_batch());
    // What one has got since the other was looked at may have come from that one.
    if (a == nullptr && b != nullptr) {
      LIFEBOAT_TRY(a, left.next_batch());
    } else if (b == nullptr && a != nullptr) {
      LIFEBOAT_TRY(b, right.next_batch());
    }
  }
  found.equal = found.groups != 0;
  while (a != nullptr) {
    found.left_ahead += a->last - a->first + 1;
    LIFEBOAT_TRY(a, left.next_batch());
  }
  while (b != nullptr) {
    found.right_ahead += b->last - b->first + 1;
    LIFEBOAT_TRY(b, right.next_batch());
  }
  return found;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
