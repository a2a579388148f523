// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <lifeboat/core/event.hpp>
#include <lifeboat/journal/beside.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/transport/tls_link.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The sender's side of what goes beside the groups: the records of the doubt window, before the groups that came
/// behind it, and the known keys, when the standby has their groups. One thread. Memory: a set of keys, and a part.
template <class = void>
class BasicBesideSender {
 public:
  BasicBesideSender(std::string journal, LogSink log)
      : journal_(std::move(journal)), keys_(keys_folder(journal_)), log_(log) {}

  /// A connection begins; `keeps`: the receiver takes what is sent.
  void begin(bool keeps) {
    keeps_ = keeps;
    doubt_.reset();
    has_.reset();
    offered_ = more_doubt_ = false;
    declined_ = {};
    caught_up_ = !keeps;
    next_look_ = {};
  }

  /// Whether the standby has every record of doubt that there was when the connection began: groups wait for that.
  [[nodiscard]] bool caught_up() const noexcept { return caught_up_; }
  /// What the receiver said last.
  [[nodiscard]] HasMessage has() const { return has_.value_or(HasMessage{}); }
  /// The groups whose keys the standby knows; as far as this is known here.
  [[nodiscard]] Position keys_covered() const noexcept { return covered_; }

  void take(const HasMessage& has) {
    if (offered_ && has.keys != keys_.check()) declined_ = keys_.check();  // a run went meanwhile: another set comes
    offered_ = false;
    has_ = has;
    if (has.keys == keys_.check()) covered_ = keys_.set().covered;
  }
  Status take(TlsLink& link, const WantRunMessage& want) {
    auto part = keys_.read(want.number, want.offset);
    if (!part) {
      tell(part.error());
      return link.put_one(RunMessage{{want.number, want.offset, {}}});
    }
    return link.put_one(RunMessage{*part});
  }

  /// Sends what the receiver lacks, looking at the files again every `every`. Errors: those of reader_behind for the
  /// window, and of the link. Keys that can not be read are told, and not sent.
  Status send(TlsLink& link, Position acknowledged, Moment time, std::chrono::milliseconds every) {
    if (!keeps_ || !has_ || (caught_up_ && time < next_look_)) return ok();
    next_look_ = time + every;
    if (has_doubt(journal_)) LIFEBOAT_CHECK(send_doubt(link));
    caught_up_ = caught_up_ || !more_doubt_;
    if (offered_ || link.waiting() >= waiting_max) return ok();
    if (const auto looked = keys_.look(); !looked) {
      tell(looked.error());
      return ok();
    }
    const KeySetCheck check = keys_.check();
    if (check == KeySetCheck{} || check == has_->keys || check == declined_) return ok();
    if (highest_in(keys_.set()) > acknowledged) return ok();
    offered_ = true;
    return link.put_one(KeysMessage{keys_.set_bytes()});
  }

 private:
  static constexpr std::size_t waiting_max = 1U << 20U;

  Status send_doubt(TlsLink& link) {
    if (!doubt_) {
      LIFEBOAT_TRY(doubt_, reader_behind(doubt_folder(journal_), has_->doubt));
    }
    for (more_doubt_ = true; link.waiting() < waiting_max;) {
      LIFEBOAT_TRY(const JournalBatch* const batch, doubt_->next_batch());
      more_doubt_ = batch != nullptr;
      if (!more_doubt_) return ok();
      const SegmentHeader& header = doubt_->header();
      LIFEBOAT_CHECK(link.put_one(DoubtMessage{header.journal, header.schemas, ShippedBatch(*batch)}));
    }
    return ok();
  }

  void tell(const Error& error) {
    if (error.sentence() == told_) return;
    told_ = error.sentence();
    log_.tell(Event{error.id(), journal_, told_, error.system_error()});
  }

  std::string journal_;
  KeySource keys_;
  LogSink log_;
  bool keeps_ = false;
  bool caught_up_ = false;
  bool more_doubt_ = false;
  bool offered_ = false;
  std::optional<JournalReader> doubt_;
  std::optional<HasMessage> has_;
  KeySetCheck declined_{};
  Position covered_;
  Moment next_look_{};
  std::string told_;
};
using BesideSender = BasicBesideSender<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
