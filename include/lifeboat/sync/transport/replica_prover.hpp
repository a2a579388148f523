// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/transport/message_types.hpp>
#include <lifeboat/sync/transport/seeding.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The receiver's side of a comparison: it reads its replica again, a bit at a time, beside what it receives. One
/// thread, that of the receiver. Memory: a reader, while a question is open.
template <class = void>
class BasicReplicaProver {
 public:
  explicit BasicReplicaProver(std::string replica) : replica_(std::move(replica)) {}

  /// A connection begins, or ended: what was asked on the one before is not answered.
  void forget() noexcept {
    asked_.reset();
    reader_.reset();
  }
  void ask(const ProveMessage& what) {
    asked_ = what;
    begun_ = false;
    answer_ = {};
    answer_.number = what.number;
    answer_.begin = answer_.end = what.after;
  }
  [[nodiscard]] bool busy() const noexcept { return asked_.has_value(); }

  /// Reads on, some 256 KiB; the answer when all that was asked for is read. `durable`: where the replica stands.
  std::optional<ProofMessage> read(const Position& durable) {
    const Result<bool> done = read_some(durable);
    if (done && !*done) return std::nullopt;
    asked_.reset();
    if (!done) {
      answer_.id = done.error().id();
      answer_.text = done.error().sentence();
    }
    // What is damaged, or at its end, is looked at anew.
    if (!done || answer_.batches == 0) reader_.reset();
    return std::move(answer_);
  }

 private:
  static constexpr std::uint64_t part_bytes = 4U << 20U;
  static constexpr std::uint64_t step_bytes = 256U << 10U;

  Status begin() {
    begun_ = true;
    if (reader_ && stands_ == asked_->after) return ok();
    reader_.reset();
    if (asked_->after != JournalHead{}) {
      auto behind = reader_behind(replica_, asked_->after);
      if (behind) {
        reader_ = std::move(*behind);
        return ok();
      }
      if (behind.error().id() != ErrorId::object_missing) return std::move(behind).error();
    }
    LIFEBOAT_TRY(reader_, JournalReader::open(replica_));
    LIFEBOAT_TRY(answer_.begin, journal_begin(replica_));
    answer_.end = answer_.begin;
    return ok();
  }

  /// True once all is read.
  Result<bool> read_some(const Position& durable) {
    if (durable == Position{}) return true;
    if (!begun_) LIFEBOAT_CHECK(begin());
    reader_->trust(durable);
    for (std::uint64_t read = 0; read < step_bytes;) {
      LIFEBOAT_TRY(const JournalBatch* const batch, reader_->next_batch());
      if (batch == nullptr) {
        LIFEBOAT_CHECK(check_replica_end(*reader_, replica_, durable));
        return true;
      }
      read += batch->frames.size();
      stands_ = answer_.end = {{batch->epoch, batch->last}, batch->chain};
      answer_.groups += batch->last - batch->first + 1;
      answer_.bytes += batch->frames.size();
      if (++answer_.batches == asked_->batches || answer_.bytes >= part_bytes) return true;
    }
    return false;
  }

  std::string replica_;
  std::optional<ProveMessage> asked_;
  bool begun_ = false;
  ProofMessage answer_;
  std::optional<JournalReader> reader_;
  JournalHead stands_;  ///< where the reader does
};
using ReplicaProver = BasicReplicaProver<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
