// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/event.hpp>
#include <lifeboat/journal/sequence_ceiling.hpp>
#include <lifeboat/sync/transport/tls_link.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Keeps a ceiling of sequences reserved at a standby: one reservation at a time is on its way, a new one is made when
/// a third of its time or half of its sequences are gone, and larger where many came. The link's thread, but for
/// `watch`.
template <class = void>
class BasicReserver {
 public:
  BasicReserver(std::string journal, std::uint64_t groups, std::chrono::seconds lasts, const ClockPort* clock,
                LogSink log)
      : journal_(std::move(journal)), groups_(groups), lasts_(lasts), clock_(clock), log_(log) {}

  /// Where the log holds to what is promised; null: there is none any more.
  void watch(SequenceCeiling* ceiling) noexcept {
    const std::scoped_lock guard(mutex_);
    ceiling_ = ceiling;
  }
  /// A connection begins; what is on its way of the one before may stand there or not, and is held to.
  void begin(bool keeps) noexcept {
    keeps_ = keeps;
    on_its_way_.reset();
    next_ = {};
  }

  /// Reserves where it is time to. Errors: those of the link; what can not be promised is told, and not reserved.
  Status send(TlsLink& link, Position durable, Moment time) {
    if (!keeps_ || groups_ == 0 || on_its_way_) return ok();
    if (time < next_ && durable.epoch == last_.epoch && durable.sequence < half_) return ok();
    const std::scoped_lock guard(mutex_);
    if (ceiling_ == nullptr || durable.epoch == 0) return ok();
    const std::uint64_t came = durable.epoch == last_.epoch ? durable.sequence - last_.sequence : 0;
    const std::uint64_t groups = std::max(groups_, 8 * came);
    Reservation what{{durable.epoch, durable.sequence + groups}, now()};
    what.until.seconds += lasts_.count();
    next_ = time + lasts_ / 3;
    const Moment read_after = std::chrono::steady_clock::now();
    if (const Status kept = keep(what); !kept) {
      log_.tell(Event{kept.error().id(), journal_, kept.error().sentence(), kept.error().system_error()});
      return ok();
    }
    ceiling_->promise(CeilingCopy::standby, what.upto.sequence, read_after + lasts_);
    on_its_way_ = what;
    last_ = durable;
    half_ = durable.sequence + groups / 2;
    return link.put_one(ReserveMessage{what});
  }
  /// The standby has it.
  void take(const ReservedMessage& reserved) {
    if (!on_its_way_ || *on_its_way_ != reserved.what) return;
    on_its_way_.reset();
    const std::scoped_lock guard(mutex_);
    if (ceiling_ != nullptr) ceiling_->confirm(CeilingCopy::standby);
    (void)keep(reserved.what).has_value();  // else the lower one is held to
  }

 private:
  /// For a process that comes after this one: the lowest that may stand at the standby.
  Status keep(Reservation what) {
    if (ceiling_ != nullptr)
      what.upto.sequence = std::min(what.upto.sequence, ceiling_->limit_of(CeilingCopy::standby));
    return write_reservation(journal_, promised_standby_name, what);
  }
  [[nodiscard]] Timestamp now() const {
    const SystemClock own;
    return clock_ != nullptr ? clock_->now().wall : own.now().wall;
  }

  std::string journal_;
  std::uint64_t groups_;
  std::chrono::seconds lasts_;
  const ClockPort* clock_;
  LogSink log_;
  bool keeps_ = false;
  std::optional<Reservation> on_its_way_;
  Moment next_{};
  Position last_{};         ///< what was durable when the last one was made
  std::uint64_t half_ = 0;  ///< from here on the next one is made
  std::mutex mutex_;
  SequenceCeiling* ceiling_ = nullptr;
};
using Reserver = BasicReserver<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
