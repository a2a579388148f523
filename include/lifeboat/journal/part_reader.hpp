// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <utility>

#include <lifeboat/journal/part.hpp>
#include <lifeboat/journal/part_note.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/record/record_scope.hpp>
#include <lifeboat/record/schema_bytes.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Where a part goes on: the batch that the origin's reader gave last, if any, is the first.
struct PartStart {
  ChainValue chain{};                   ///< of the part, before that
  const JournalBatch* first = nullptr;  ///< the origin's reader's, until its next call
};

/// Makes a part of a journal from what a reader of that one gives, batch by batch: the same positions and times, each
/// group whole or left out. `Reader` is a JournalReader or a PieceReader, which outlives it, as the scope does. Memory:
/// one batch.
template <class Reader>
class PartReader {
 public:
  PartReader(Reader& from, RecordScope& scope, const PartOrigin& origin, HashPort& sha256, const PartStart& start)
      : from_(&from), scope_(&scope), part_(origin.part()), sha256_(&sha256), first_(start.first) {
    batch_.chain = start.chain;
  }

  /// The next batch of the part; null where the origin has none yet. It is the reader's until the next call.
  /// Errors: those of the reader, crypto.
  Result<const JournalBatch*> next_batch() {
    const JournalBatch* from = std::exchange(first_, nullptr);
    if (from == nullptr) {
      LIFEBOAT_TRY(from, from_->next_batch());
    }
    if (from == nullptr) return from;
    learn(from_->header());
    const ChainValue before = batch_.chain;
    batch_.epoch = from->epoch;
    batch_.after = from->after;
    batch_.first = from->first;
    batch_.last = from->last;
    batch_.before = before;
    batch_.frames.clear();
    BatchGroups groups(*from);
    while (const auto group = groups.next()) put(*group);
    LIFEBOAT_CHECK(sha256_->update(before));
    for (ByteView left = batch_.frames; !left.empty();) {
      const ByteView frame = left.first(load_le<std::uint32_t>(left.data() + 8));
      LIFEBOAT_CHECK(sha256_->update(frame.subspan(8)));
      left = left.subspan(frame.size());
    }
    LIFEBOAT_CHECK(sha256_->finish(batch_.chain));
    ends_ = from->chain;
    return static_cast<const JournalBatch*>(&batch_);
  }

  /// The part's id, and the origin's record types beside that of what is left out.
  [[nodiscard]] const SegmentHeader& header() const noexcept { return header_; }

  /// What the part's last batch that was given ends with, and the origin's chain there. An empty head: none was given.
  [[nodiscard]] JournalHead head() const noexcept {
    return batch_.last == 0 ? JournalHead{} : JournalHead{{batch_.epoch, batch_.last}, batch_.chain};
  }
  [[nodiscard]] const ChainValue& origin_chain() const noexcept { return ends_; }

 private:
  void learn(const SegmentHeader& header) {
    if (header_.salt == header.salt && header_.number == header.number && header_.journal == part_) return;
    scope_->learn(header.schemas);
    header_ = header;
    header_.journal = part_;
    if (!is_part(header_.schemas)) header_.schemas.push_back(schema_bytes<LeftOut>());
  }

  void put(const JournalGroup& group) {
    if (is_left_out(group.frame) || takes(group)) {
      batch_.frames.insert(batch_.frames.end(), group.frame.bytes.begin(), group.frame.bytes.end());
      return;
    }
    const std::size_t at = batch_.frames.size();
    batch_.frames.resize(at + left_out_bytes);
    put_left_out(MutableBytes(batch_.frames).subspan(at).template first<left_out_bytes>(),
                 {group.position.sequence, group.time}, group.frame.count);
  }

  /// A group with a record that nobody can read is left out: it may be what was excluded.
  [[nodiscard]] bool takes(const JournalGroup& group) const {
    bool wanted = false;
    RecordsOfGroup records = group.records();
    while (const auto record = records.next()) {
      const ScopeFit fit = scope_->fit(record->number, record->version, record->bytes);
      if (fit == ScopeFit::unreadable || fit == ScopeFit::excluded) return false;
      wanted = wanted || fit == ScopeFit::only;
    }
    return wanted && records.good();
  }

  Reader* from_;
  RecordScope* scope_;
  Id part_;
  HashPort* sha256_;
  const JournalBatch* first_;
  SegmentHeader header_;
  JournalBatch batch_;
  ChainValue ends_{};
};

/// Where a part and its origin meet, where no note says it: at the first batch that both keep, so that the rest is
/// compared; or where a part that has no group yet was to begin. Each reader begins with its oldest group; the part was
/// durable up to `durable`. No batch: the origin has none there yet. Errors: object_missing where the two have no group
/// in common, diverged where they do not fit there, corrupt; those of the readers.
template <class Reader>
Result<PartStart> meet_part(Reader& whole, JournalReader& part, const PartOrigin& origin, const std::string& folder,
                            Position durable, HashPort& sha256) {
  const auto first = [](const JournalBatch& batch) { return Position{batch.epoch, batch.first}; };
  const auto last = [](const JournalBatch& batch) { return Position{batch.epoch, batch.last}; };
  // What the oldest segment begins with, where it has nothing yet.
  const SegmentHeader& header = part.header();
  const JournalBatch none{header.epoch, header.after, header.first, header.first - 1, header.chain, header.chain, {}};
  bool begins = header.number == 1;  // else the part was recycled itself
  LIFEBOAT_TRY(const JournalBatch* own, part.next_batch());
  if (own == nullptr) {
    LIFEBOAT_CHECK(check_replica_end(part, folder, durable));
    own = &none;
  }
  LIFEBOAT_TRY(const JournalBatch* all, whole.next_batch());
  while (all != nullptr && last(*all) < first(*own)) {
    LIFEBOAT_TRY(all, whole.next_batch());
  }
  while (all != nullptr && own != &none && last(*own) < first(*all)) {
    const Position end = last(*own);
    begins = false;
    LIFEBOAT_TRY(own, part.next_batch());
    if (own != nullptr) continue;
    LIFEBOAT_CHECK(check_replica_end(part, folder, durable));
    return Error{ErrorId::object_missing, "the part " + folder + " ends at " + to_text(end) +
                                              ", and what it is of begins at " + to_text(first(*all)) + " by now"}
        .unchanged();
  }
  if (all == nullptr && own == &none) return PartStart{none.chain, nullptr};
  bool fits = all != nullptr && own->epoch == all->epoch && own->after == all->after && own->first == all->first &&
              (own == &none || own->last == all->last);
  if (fits && begins) {
    LIFEBOAT_TRY(ChainValue chain, origin.anchor(all->before, sha256));
    if (all->after == 0) chain = {};
    fits = own->before == chain;
  }
  if (fits) return PartStart{own->before, all};
  return Error{ErrorId::diverged,
               "the part " + folder + " has the groups from " + to_text(first(*own)) + " on, and what it is of " +
                   (all == nullptr ? "ends before that" : "has others from " + to_text(first(*all)) + " on") +
                   ": these are two histories"}
      .unchanged();
}

/// The same behind the group that a note names. No batch: the origin has none behind it. Errors: object_missing,
/// diverged; those of the reader.
template <class Reader>
Result<PartStart> meet_note(Reader& whole, const PartNote& note, const PartOrigin& origin, const std::string& folder,
                            HashPort& sha256) {
  LIFEBOAT_TRY(const JournalBatch* all, whole.next_batch());
  while (all != nullptr && Position{all->epoch, all->last} <= note.position) {
    LIFEBOAT_TRY(all, whole.next_batch());
  }
  if (all == nullptr) return PartStart{note.chain, nullptr};
  if (all->after > note.position.sequence)
    return Error{ErrorId::object_missing, "the part " + folder + " goes on behind " + to_text(note.position) +
                                              ", and what it is of goes on behind " + std::to_string(all->after)}
        .unchanged();
  LIFEBOAT_TRY(const ChainValue anchor, origin.anchor(all->before, sha256));
  if (all->after == note.position.sequence && anchor == note.anchor) return PartStart{note.chain, all};
  return Error{ErrorId::diverged, "the part " + folder + " goes on behind " + to_text(note.position) +
                                      ", and what it is of has other groups up to there: these are two histories"}
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
