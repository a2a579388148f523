// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/event.hpp>
#include <lifeboat/journal/reserve_ceiling.hpp>
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
    if (time < next_ && durable.sequence < half_) return ok();
    const std::scoped_lock guard(mutex_);
    if (ceiling_ == nullptr) return ok();
    const auto promised = promise_ceiling(*ceiling_, CeilingCopy::standby, journal_, groups_, now(), lasts_);
    next_ = time + lasts_ / 3;
    half_ = ~std::uint64_t{0};
    if (!promised) {
      const Error& why = promised.error();
      log_.tell(Event{why.id(), journal_, why.sentence(), why.system_error()});
      return ok();
    }
    if (!*promised) return ok();
    const std::uint64_t upto = (*promised)->upto.sequence;
    half_ = durable.sequence + (upto - std::min(upto, ceiling_->handed_out().sequence)) / 2;
    on_its_way_ = **promised;
    return link.put_one(ReserveMessage{**promised});
  }
  /// The standby has it.
  void take(const ReservedMessage& reserved) {
    if (!on_its_way_ || *on_its_way_ != reserved.what) return;
    on_its_way_.reset();
    const std::scoped_lock guard(mutex_);
    if (ceiling_ == nullptr) return;
    (void)confirm_ceiling(*ceiling_, CeilingCopy::standby, journal_, reserved.what).has_value();
  }

 private:
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
  std::uint64_t half_ = 0;  ///< what is durable when the next one is made at the latest
  std::mutex mutex_;
  SequenceCeiling* ceiling_ = nullptr;
};
using Reserver = BasicReserver<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
