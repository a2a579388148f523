// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <utility>
#include <variant>

#include <lifeboat/sync/transport/tls_link.hpp>

// How the primary's side of a connection begins (docs/protocol.md, section 3), whatever it goes on with.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a standby refused, and where it stood.
template <class = void>
Error refused_by_standby(const RefuseMessage& refuse) {
  return Error{refuse.id, "the standby, at " + head_text(refuse.head) + ", refused: " + refuse.text};
}

/// The standby's first message. Errors: what it refused; format, peer_lost; interrupted where `stop` says so.
template <class Stop>
Result<HelloMessage> await_standby(TlsLink& link, const WakeFd& wake, Moment until, Stop&& stop) {
  while (!stop()) {
    LIFEBOAT_TRY(auto message, link.next());
    if (message) {
      if (auto* const hello = std::get_if<HelloMessage>(&*message)) return std::move(*hello);
      if (const auto* const refuse = std::get_if<RefuseMessage>(&*message)) return refused_by_standby(*refuse);
      return Error{ErrorId::format, "the standby does not begin with a hello"};
    }
    if (std::chrono::steady_clock::now() >= until)
      return Error{ErrorId::peer_lost, "the standby did not say hello in time"};
    LIFEBOAT_CHECK(link.turn(wake, until));
  }
  return Error{ErrorId::interrupted, "the connection was given up"};
}

/// Whether this is a standby of the journal, and not ahead of its epoch. Errors: format, format_version,
/// replica_strange, fenced.
template <class = void>
Status check_standby(const HelloMessage& peer, const Id& journal, std::uint64_t epoch) {
  if (peer.role != PeerRole::receiver) return Error{ErrorId::format, "the peer is no standby"};
  if (peer.lowest > protocol_version || peer.highest < protocol_version)
    return Error{ErrorId::format_version, "the standby speaks versions " + std::to_string(peer.lowest) + " to " +
                                              std::to_string(peer.highest) + " of the protocol, this side 1"};
  if (peer.journal != Id{} && peer.journal != journal)
    return Error{ErrorId::replica_strange,
                 "the standby has the journal " + to_hex(peer.journal.bytes) + ", not " + to_hex(journal.bytes)};
  if (peer.head.last.epoch > epoch)
    return Error{ErrorId::fenced, "the standby is in epoch " + std::to_string(peer.head.last.epoch) +
                                      ", and this journal in " + std::to_string(epoch)}
        .next("this side was promoted away from: stop it, and keep its journal as evidence");
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
