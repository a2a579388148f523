// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <mutex>

#include <lifeboat/adapter/openssl_tls.hpp>
#include <lifeboat/sync/transport/link_status.hpp>
#include <lifeboat/sync/transport/message_types.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a shipper knows of its link: told by whoever works at it, asked by anybody. Any thread.
template <class = void>
class BasicShipperStatus {
 public:
  BasicShipperStatus() { status_.away_since = std::chrono::steady_clock::now(); }

  /// As it is at that moment, by the primary's clock.
  [[nodiscard]] LinkStatus at(const Timestamp& now) const {
    const std::scoped_lock guard(mutex_);
    return at_moment(status_, now);
  }
  /// What is durable at the primary.
  [[nodiscard]] Position durable() const noexcept {
    const std::scoped_lock guard(mutex_);
    return status_.durable;
  }
  /// More is, up to here. False where that was known.
  bool note_durable(const Position& durable) noexcept {
    const std::scoped_lock guard(mutex_);
    if (durable <= status_.durable) return false;
    status_.durable = durable;
    return true;
  }
  /// What is said to the standby of it, at that time.
  HeartbeatMessage heartbeat(const Timestamp& time) noexcept {
    const std::scoped_lock guard(mutex_);
    status_.durable_time = time;
    return {status_.durable, time};
  }

  /// A connection stands.
  void up(Moment heard, const TlsSession& tls) {
    const std::scoped_lock guard(mutex_);
    status_.state = LinkState::up;
    status_.away_since.reset();
    status_.refusal.reset();
    status_.heard = heard;
    ++status_.connections;
    status_.own_certificate_ends = tls.own_ends();
    status_.peer_certificate_ends = tls.peer_ends();
  }
  /// It stands no more, or none came about.
  void away() noexcept {
    const std::scoped_lock guard(mutex_);
    go_away();
  }
  /// The same, for that reason. False where the last one was the same: that was told.
  bool away(const Error& why) {
    const std::scoped_lock guard(mutex_);
    go_away();
    const bool news = !status_.refusal || status_.refusal->sentence() != why.sentence();
    status_.refusal = why;
    return news;
  }
  void stopped() noexcept {
    const std::scoped_lock guard(mutex_);
    status_.state = LinkState::stopped;
  }

  void heard(Moment when) noexcept {
    const std::scoped_lock guard(mutex_);
    status_.heard = when;
  }
  void own_certificate(const Timestamp& ends) noexcept {
    const std::scoped_lock guard(mutex_);
    status_.own_certificate_ends = ends;
  }
  void standby(const JournalHead& head) noexcept {
    const std::scoped_lock guard(mutex_);
    status_.standby = head;
  }
  void reserved(const Reservation& what) noexcept {
    const std::scoped_lock guard(mutex_);
    status_.ceiling = what;
  }
  void beside(const JournalHead& doubt, const Position& keys) noexcept {
    const std::scoped_lock guard(mutex_);
    status_.doubt = doubt;
    status_.keys = keys;
  }
  void sent(const JournalHead& head, std::uint64_t groups, std::size_t bytes) noexcept {
    const std::scoped_lock guard(mutex_);
    status_.groups += groups;
    status_.bytes += bytes;
    if (status_.durable < head.last) status_.durable = head.last;
  }

 private:
  void go_away() noexcept {
    if (status_.state == LinkState::up) status_.away_since = std::chrono::steady_clock::now();
    status_.state = LinkState::away;
  }

  mutable std::mutex mutex_;
  LinkStatus status_;
};
using ShipperStatus = BasicShipperStatus<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
