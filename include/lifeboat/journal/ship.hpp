// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/journal/replica.hpp>

// Bringing a replica in step with a journal that lives on, and proving that two copies are equal.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What one pass may do.
struct ShipBudget {
  std::uint64_t bytes = ~std::uint64_t{0};  ///< a pass ends behind the run that reaches this
  std::size_t run_bytes = batch_bytes_max;  ///< of batches that one flush of the replica makes durable
  std::stop_token stop{};                   ///< asked between two runs
};

/// What one pass did.
struct ShipReport {
  std::uint64_t groups = 0;
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;
  Position last;           ///< of the replica afterwards, durable
  bool caught_up = false;  ///< nothing more was durable in the journal when the pass ended
};

/// Batches of a reader, held together until they are shipped by one flush.
template <class = void>
class BasicShipRun {
 public:
  /// Takes what is durable up to `limit` bytes, at least one batch where there is one. True: there may be more.
  /// `Reader` is a JournalReader or a PieceReader. Errors: those of the reader.
  template <class Reader>
  Result<bool> fill(Reader& from, std::size_t limit) {
    bytes_.clear();
    batches_.clear();
    ends_.clear();
    groups_ = 0;
    while (batches_.empty() || bytes_.size() < limit) {
      LIFEBOAT_TRY(const JournalBatch* const batch, from.next_batch());
      if (batch == nullptr) break;
      batches_.emplace_back(*batch);
      ends_.push_back(bytes_.size() + batch->frames.size());
      bytes_.insert(bytes_.end(), batch->frames.begin(), batch->frames.end());
      groups_ += batch->last - batch->first + 1;
    }
    for (std::size_t i = 0, at = 0; i != batches_.size(); at = ends_[i++])
      batches_[i].frames = ByteView(bytes_).subspan(at, ends_[i] - at);
    return !batches_.empty() && bytes_.size() >= limit;
  }

  [[nodiscard]] std::span<const ShippedBatch> batches() const noexcept { return batches_; }
  [[nodiscard]] std::uint64_t groups() const noexcept { return groups_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }

 private:
  Bytes bytes_;
  std::vector<ShippedBatch> batches_;
  std::vector<std::size_t> ends_;  ///< of each in the bytes, which move while they grow
  std::uint64_t groups_ = 0;
};
using ShipRun = BasicShipRun<>;

/// Opens a reader whose next batch is the one behind group `last`: where a copy that stands there goes on. An empty
/// position is the beginning. `same` says whether a chain there is the copy's, `copy` what it has, for what is said.
/// Errors: diverged where the journal has another history there, object_missing where it keeps that range no more, and
/// those of the reader.
template <class Same>
Result<JournalReader> reader_behind(const std::string& folder, Position last, const Same& same,
                                    const std::string& copy) {
  const auto gone = [&](const SegmentHeader& oldest) {
    return Error{ErrorId::object_missing, "the journal " + folder + " begins at " +
                                              to_text(Position{oldest.epoch, oldest.first}) + "; what goes on from " +
                                              to_text(last) + " is kept no more"}
        .unchanged();
  };
  const auto other_history = [&](const JournalHead& own) {
    return Error{ErrorId::diverged, "the journal " + folder + " has " + head_text(own) + " where the other copy has " +
                                        copy + ": these are two histories"}
        .unchanged();
  };
  auto opened = JournalReader::open(folder, last);
  if (!opened && opened.error().id() == ErrorId::object_missing) {
    auto oldest = JournalReader::open(folder);
    if (!oldest) return opened;
    opened = std::move(oldest);
  }
  if (!opened) return opened;
  JournalReader& reader = *opened;
  const SegmentHeader& begins = reader.header();
  if (Position{begins.epoch, begins.first} > last) {
    if (same(begins.chain)) return JournalReader::open(folder);
    if (begins.after == last.sequence || begins.chain == ChainValue{})
      return other_history({{begins.epoch, begins.after}, begins.chain});
    return gone(begins);
  }
  LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
  if (batch == nullptr) {  // what stands at the end may lack its watermark
    const JournalHead own = reader.head();
    const bool behind = own.last > last && own.last.sequence > last.sequence;
    const bool at = own.last.sequence == last.sequence && same(own.chain);
    if (behind || at) return opened;
    return other_history(own);
  }
  const JournalHead own{{batch->epoch, batch->last}, batch->chain};
  if (own.last == last && same(own.chain)) return opened;
  if (batch->after == last.sequence && same(batch->before))
    return JournalReader::open(folder, {batch->epoch, batch->first});
  return other_history(own);
}

/// The same behind a head: both are named where they are two histories.
template <class = void>
Result<JournalReader> reader_behind(const std::string& folder, const JournalHead& head) {
  return reader_behind(
      folder, head.last, [&](const ChainValue& chain) { return chain == head.chain; }, head_text(head));
}

/// That a reader which has come to the end of a replica read all that was made durable there. Errors: corrupt; those of
/// the reader.
template <class = void>
Status check_replica_end(JournalReader& reader, const std::string& replica, const Position& durable) {
  if (reader.head().last >= durable) return ok();
  LIFEBOAT_CHECK(reader.verify());
  return Error{ErrorId::corrupt, "the replica " + replica + " ends behind " + to_text(reader.head().last) +
                                     ", and was durable up to " + to_text(durable)};
}

/// What is durable in a journal now. Reads its last segment. Errors: those of the reader.
template <class = void>
Result<JournalHead> journal_end(const std::string& folder) {
  LIFEBOAT_TRY(const SegmentHeader begins, newest_header(folder));
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder, {begins.epoch, begins.first}));
  JournalHead head{{begins.epoch, begins.after}, begins.chain};
  while (true) {
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) return head;
    head = {{batch->epoch, batch->last}, batch->chain};
  }
}

/// Brings a replica in step with a journal, which may be written meanwhile. `from` begins at the replica's last group
/// or before it: what the replica has is compared. Errors: those of the reader and of JournalReplica::receive,
/// interrupted.
template <class Reader>
Result<ShipReport> ship(Reader& from, JournalReplica& to, const ShipBudget& budget = {}) {
  ShipReport report;
  ShipRun run;
  for (bool more = true; more && report.bytes < budget.bytes;) {
    if (budget.stop.stop_requested())
      return Error{ErrorId::interrupted, "the shipping was stopped behind " + to_text(to.last())};
    LIFEBOAT_TRY(more, run.fill(from, budget.run_bytes));
    report.caught_up = !more;
    if (run.batches().empty()) break;
    LIFEBOAT_CHECK(to.receive(from.header(), run.batches()));
    to.prepare();
    report.groups += run.groups();
    report.batches += run.batches().size();
    report.bytes += run.bytes();
  }
  report.last = to.last();
  return report;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
