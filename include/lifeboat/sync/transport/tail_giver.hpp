// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/transport/message_types.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The receiver's side of a primary that opens its journal and asks for what it may have lost at its end: sends from
/// the replica what comes behind there. One thread, that of the receiver. Memory: a reader, while it gives.
template <class = void>
class BasicTailGiver {
 public:
  explicit BasicTailGiver(std::string replica) : replica_(std::move(replica)) {}

  /// A connection begins, or ended.
  void forget() noexcept { reader_.reset(); }
  /// What comes behind `head`, up to where the replica is durable. Errors: diverged, object_missing, and those of the
  /// reader.
  Status begin(const JournalHead& head, const Position& durable) {
    reader_.reset();
    if (durable <= head.last) return ok();
    LIFEBOAT_TRY(reader_, reader_behind(replica_, head));
    reader_->trust(durable);
    durable_ = durable;
    announced_ = 0;
    return ok();
  }
  [[nodiscard]] bool busy() const noexcept { return reader_.has_value(); }

  /// As much as the connection has room for. Errors: corrupt, where the replica ends too soon; those of the reader and
  /// of the link.
  template <class Link>
  Status send(Link& link) {
    while (reader_ && link.waiting() < waiting_max) {
      LIFEBOAT_TRY(const JournalBatch* const batch, reader_->next_batch());
      if (batch == nullptr) return end();
      const std::vector<Bytes>& schemas = reader_->header().schemas;
      if (schemas.size() > announced_) LIFEBOAT_CHECK(link.put_one(SchemasMessage{schemas}));
      announced_ = schemas.size();
      LIFEBOAT_CHECK(link.put_one(ShippedBatch(*batch)));
    }
    return ok();
  }

 private:
  static constexpr std::size_t waiting_max = 1U << 20U;

  Status end() {
    JournalReader reader = std::move(*reader_);
    reader_.reset();
    return check_replica_end(reader, replica_, durable_);
  }

  std::string replica_;
  std::optional<JournalReader> reader_;
  Position durable_;
  std::size_t announced_ = 0;  ///< schemas
};
using TailGiver = BasicTailGiver<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
