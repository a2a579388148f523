// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/clock.hpp>
#include <lifeboat/journal/beside.hpp>
#include <lifeboat/journal/take_back.hpp>
#include <lifeboat/sync/transport/meet_standby.hpp>
#include <lifeboat/sync/transport/tcp_shipper.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Asks a standby over a connection of its own, which is gone before the shipper's begins.
template <class = void>
class BasicTakeBackLink {
 public:
  BasicTakeBackLink(const TcpShipperConfig& config, JournalEndPort& end)
      : config_(config),
        end_(end),
        copy_("the standby " + config.standby.host + ":" + std::to_string(config.standby.port)) {}

  Status run() {
    if (const int error = wake_.open()) return Error{ErrorId::limit, "there is no descriptor"}.because(error);
    const Moment until = std::chrono::steady_clock::now() + config_.connect_timeout;
    while (true) {
      const Position before = end_.next();
      Status taken = ask();
      if (taken || !answers_) return taken;
      const ErrorId why = taken.error().id();
      if (lost(why)) {
        if (!behind_ && std::chrono::steady_clock::now() >= until) return taken;
        tries_ = end_.next() == before ? tries_ + 1 : 0;
        if (tries_ < tries_max) continue;
      }
      // Numbers that the standby knows would be given out again.
      if (behind_ && (lost(why) || why == ErrorId::corrupt || why == ErrorId::medium_io))
        end_.lacks(upto_, not_given(taken.error()));
      return taken;
    }
  }

  [[nodiscard]] const std::string& copy() const noexcept { return copy_; }

 private:
  static constexpr int tries_max = 5;  ///< without one more group

  static bool lost(ErrorId id) noexcept {
    return id == ErrorId::peer_lost || id == ErrorId::peer_refused || id == ErrorId::format;
  }

  [[nodiscard]] Error not_given(const Error& why) const {
    return Error{why.id(), copy_ + " has groups up to " + to_text(upto_) + ", the journal " + end_.folder() +
                               " lacks those behind " + to_text(end_.head().last) +
                               ", and does not get them: " + why.sentence()}
        .next("open it again when they come: without them, numbers that the standby knows are given out twice");
  }

  /// One connection.
  Status ask() {
    const Moment until = std::chrono::steady_clock::now() + config_.connect_timeout;
    const auto stop = [] { return false; };
    LIFEBOAT_TRY(FileDescriptor socket, connect_to(config_.standby, wake_, until, stop));
    answers_ = true;
    LIFEBOAT_TRY(TlsLink link, TlsLink::open(std::move(socket), config_.tls, TlsSide::client));
    LIFEBOAT_CHECK(link.shake(wake_, until, stop));
    LIFEBOAT_CHECK(link.put_one(hello()));
    Status taken = [&]() -> Status {
      LIFEBOAT_TRY(const HelloMessage peer, await_standby(link, wake_, until, stop));
      LIFEBOAT_CHECK(check_standby(peer, end_.origin().journal, end_.next().epoch));
      return take(link, peer);
    }();
    (void)link.put_one(ByeMessage{});
    link.finish(wake_, std::chrono::steady_clock::now() + std::min(config_.heartbeat, std::chrono::milliseconds(500)));
    return taken;
  }

  [[nodiscard]] Timestamp now() const {
    SystemClock own;
    return (config_.clock != nullptr ? *config_.clock : own).now().wall;
  }

  HelloMessage hello() const {
    const ShippedOrigin origin = end_.origin();
    HelloMessage hello;
    hello.role = PeerRole::sender;
    hello.journal = origin.journal;
    hello.head = end_.head();
    hello.time = now();
    hello.heartbeat_ms = static_cast<std::uint32_t>(config_.heartbeat.count());
    hello.schemas.assign(origin.schemas.begin(), origin.schemas.end());
    hello.no_doubt = !has_doubt(end_.folder());
    return hello;
  }

  [[nodiscard]] bool whole(const HelloMessage& peer) const noexcept {
    return peer.head.last.epoch != end_.next().epoch || peer.head.last.sequence < end_.next().sequence;
  }

  Status take(TlsLink& link, const HelloMessage& peer) {
    if (whole(peer)) return ok();
    if (!peer.gives)
      return Error{ErrorId::feature_unknown, copy_ + " stands at " + to_text(peer.head.last) +
                                                 ", and its program can not be asked for what this journal lacks"};
    behind_ = true;
    upto_ = peer.head.last;
    LIFEBOAT_CHECK(link.put_one(WantMessage{end_.head()}));
    const auto patience = std::max<std::chrono::milliseconds>(
        std::chrono::milliseconds(std::max<std::uint32_t>(peer.heartbeat_ms, 1)) * 3, config_.connect_timeout);
    std::vector<Bytes> schemas;
    Moment heard = std::chrono::steady_clock::now();
    Moment beat{};
    while (!whole(peer)) {
      LIFEBOAT_TRY(auto message, link.next());
      const Moment time = std::chrono::steady_clock::now();
      if (message) {
        if (!std::holds_alternative<AckMessage>(*message)) heard = time;  // that it lives brings nothing back
        if (auto* const more = std::get_if<SchemasMessage>(&*message)) schemas = std::move(more->schemas);
        if (const auto* const data = std::get_if<DataMessage>(&*message)) LIFEBOAT_CHECK(put(schemas, data->batch));
        if (const auto* const refuse = std::get_if<RefuseMessage>(&*message)) return refused_by_standby(*refuse);
        if (std::holds_alternative<ByeMessage>(*message))
          return Error{ErrorId::peer_lost, copy_ + " said goodbye before all was there"};
        continue;
      }
      if (time >= heard + patience)
        return Error{ErrorId::peer_lost,
                     "nothing was heard of " + copy_ + " for " + std::to_string(patience.count()) + " ms"};
      if (time >= beat) {
        LIFEBOAT_CHECK(link.put_one(HeartbeatMessage{end_.head().last, now()}));
        beat = time + config_.heartbeat;
      }
      LIFEBOAT_CHECK(link.turn(wake_, std::min(beat, heard + patience)));
    }
    return ok();
  }

  Status put(const std::vector<Bytes>& schemas, const ShippedBatch& batch) {
    if (batch.last < end_.next().sequence) return ok();  // a replica that does not know what is durable begins earlier
    LIFEBOAT_TRY(const bool taken, end_.take(copy_, ShippedOrigin(end_.origin().journal, schemas), batch));
    return taken ? ok() : Status(other_groups(copy_, end_, {{batch.epoch, batch.last}, batch.chain}));
  }

  const TcpShipperConfig& config_;
  JournalEndPort& end_;
  const std::string copy_;
  WakeFd wake_;
  bool answers_ = false;  ///< somebody listens there
  bool behind_ = false;   ///< the standby was met, and has more
  Position upto_;         ///< to there
  int tries_ = 0;
};

}  // namespace detail

/// Gives `end` what the standby at the other end of a link has behind it; for `connect_timeout` at most it is waited
/// for, and then as long for each batch, or three of its heartbeats. Where the connection ends before all is there, it
/// asks again; where that does not help, or the standby can not read them, the opening ends. Errors: why there was no
/// connection, what the standby refused; diverged, fenced, replica_strange; feature_unknown, where its program is
/// older; those of `end`.
template <class = void>
Status take_back_from_standby(const TcpShipperConfig& config, JournalEndPort& end) {
  detail::BasicTakeBackLink<> link(config, end);
  Status taken = link.run();
  if (taken) return taken;
  const Error& why = taken.error();
  return Error{why.id(), link.copy() + " was not asked: " + why.sentence()};
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
