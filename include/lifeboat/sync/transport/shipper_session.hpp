// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/core/fifo.hpp>
#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/transport/known_schemas.hpp>
#include <lifeboat/sync/transport/meet_standby.hpp>
#include <lifeboat/sync/transport/shipper_status.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a primary says of its journal when it meets a standby.
struct ShipperSide {
  Id journal;
  JournalHead head;
  std::vector<Bytes> schemas;

  /// What the journal holds now. Errors: those of JournalReader.
  template <class = void>
  static Result<ShipperSide> of(const std::string& folder) {
    LIFEBOAT_TRY(const JournalHead head, journal_end(folder));
    LIFEBOAT_TRY(SegmentHeader newest, newest_header(folder));
    return ShipperSide{newest.journal, head, std::move(newest.schemas)};
  }
};

/// The groups of one connection: which the standby has, which are on their way, which come next. One thread at a time.
/// Memory: the reader's, and a head for each batch on its way.
template <class = void>
class BasicShipperSession {
 public:
  /// `status` and `standby` are told what goes and what is acknowledged; they outlive it.
  BasicShipperSession(const std::string& journal, ShipperSide own, ShipperStatus& status, StandbyHead& standby)
      : journal_(journal), own_(std::move(own)), status_(status), standby_(standby), announced_(own_.schemas.size()) {}

  [[nodiscard]] const ShipperSide& own() const noexcept { return own_; }
  [[nodiscard]] const HelloMessage& peer() const noexcept { return peer_; }
  /// Whether anything that was sent is not acknowledged.
  [[nodiscard]] bool in_flight() const noexcept { return !in_flight_.empty(); }

  /// Whether these two belong together, and where the standby goes on. Errors: those of check_standby, check_known and
  /// reader_behind.
  Status meet(HelloMessage peer) {
    peer_ = std::move(peer);
    LIFEBOAT_CHECK(check_standby(peer_, own_.journal, own_.head.last.epoch));
    LIFEBOAT_CHECK(check_schemas(0));
    return begin_behind(peer_.head);
  }

  /// The standby goes on from there. Errors: those of reader_behind.
  Status begin_behind(const JournalHead& head) {
    reader_.reset();
    LIFEBOAT_TRY(reader_, reader_behind(journal_, head));
    in_flight_.clear();
    in_flight_bytes_ = 0;
    acknowledge(head);
    return ok();
  }

  /// What is acknowledged is what was sent: the chain proves it. Errors: diverged.
  Status take(const AckMessage& ack) {
    const JournalHead& head = ack.head;
    while (!in_flight_.empty() && in_flight_.front().head.last <= head.last) {
      const InFlight sent = in_flight_.pop();
      in_flight_bytes_ -= sent.bytes;
      if (sent.head.last != head.last) continue;
      if (sent.head.chain != head.chain)
        return Error{ErrorId::diverged, "the standby stands at " + head_text(head) + ", and was sent " +
                                            head_text(sent.head) + ": these are two histories"};
      acknowledge(head);
    }
    return ok();
  }

  /// As much as the window has room for. Errors: those of the reader, of check_known and of the link.
  Status send_more(TlsLink& link, std::size_t window) {
    JournalReader& reader = *reader_;
    reader.trust(status_.durable());
    while (in_flight_bytes_ < window && link.waiting() < (1U << 20U)) {
      LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
      if (batch == nullptr) break;
      if (reader.header().schemas.size() > announced_) {
        own_.schemas = reader.header().schemas;
        LIFEBOAT_CHECK(check_schemas(announced_));
        LIFEBOAT_CHECK(link.put_one(SchemasMessage{own_.schemas}));
        announced_ = own_.schemas.size();
      }
      LIFEBOAT_CHECK(link.put_one(ShippedBatch(*batch)));
      const JournalHead head{{batch->epoch, batch->last}, batch->chain};
      in_flight_.push({head, batch->frames.size()});
      in_flight_bytes_ += batch->frames.size();
      status_.sent(head, batch->last - batch->first + 1, batch->frames.size());
    }
    return ok();
  }

 private:
  struct InFlight {
    JournalHead head;
    std::size_t bytes = 0;
  };

  Status check_schemas(std::size_t from) const {
    const std::span<const Bytes> all(own_.schemas);
    return peer_.any_schema ? ok() : check_known(all.subspan(from), peer_.schemas, "the standby");
  }

  void acknowledge(const JournalHead& head) {
    status_.standby(head);
    standby_.move(head.last);
  }

  const std::string& journal_;
  ShipperSide own_;
  ShipperStatus& status_;
  StandbyHead& standby_;
  HelloMessage peer_;
  std::optional<JournalReader> reader_;
  Fifo<InFlight> in_flight_;
  std::size_t in_flight_bytes_ = 0;
  std::size_t announced_;  ///< of the journal's schemas
};
using ShipperSession = BasicShipperSession<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
