// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <utility>

#include <lifeboat/adapter/openssl_tls.hpp>
#include <lifeboat/sync/transport/message.hpp>
#include <lifeboat/sync/transport/socket.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A connection that carries whole messages over TLS, for one thread. Memory: a message and what was put and not sent;
/// whoever puts looks at `waiting` first.
template <class = void>
class BasicTlsLink {
 public:
  /// Errors: those of TlsSession::open.
  static Result<BasicTlsLink> open(FileDescriptor socket, const TlsConfig& config, TlsSide side) {
    LIFEBOAT_TRY(TlsSession session, TlsSession::open(config, side));
    return BasicTlsLink(std::move(socket), std::move(session));
  }

  /// Goes through the handshake. Errors: peer_refused, peer_lost; interrupted where `stop` says so.
  template <class Stop>
  Status shake(const WakeFd& wake, Moment until, Stop&& stop) {
    while (true) {
      auto done = tls_.shake();
      LIFEBOAT_CHECK(send_some());  // an alert too
      if (!done) return std::move(done).error();
      if (*done) return ok();
      if (stop()) return Error{ErrorId::interrupted, "the handshake was given up"};
      if (std::chrono::steady_clock::now() >= until)
        return Error{ErrorId::peer_lost, "the peer did not finish the handshake in time"};
      const short events = wait_for_socket(socket_.get(), wanted(), wake, until);
      if ((events & ~POLLOUT) != 0) LIFEBOAT_CHECK(receive_some());
    }
  }

  /// Takes messages that are to be sent.
  Status put(ByteView messages) {
    LIFEBOAT_CHECK(tls_.write(messages));
    return send_some();
  }
  template <class M>
  Status put_one(const M& message) {
    scratch_.clear();
    put_message(scratch_, message);
    return put(scratch_);
  }

  /// Bytes that the kernel has not taken yet.
  [[nodiscard]] std::size_t waiting() const noexcept { return out_.size() - sent_; }

  /// Moves bytes in both directions; waits for some until the moment, or until it is woken. What `next` gave is gone.
  /// Errors: peer_lost, peer_refused.
  Status turn(const WakeFd& wake, Moment until) {
    LIFEBOAT_TRY(const bool more, settle());
    return take(wait_for_socket(socket(), wanted(), wake, more ? Moment() : until));
  }

  /// The same in two halves, for who waits in between by himself: sends what can be sent, and says whether messages may
  /// be there already; then takes what poll said of the socket.
  Result<bool> settle() {
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    LIFEBOAT_CHECK(send_some());
    const std::size_t before = in_.size();
    LIFEBOAT_CHECK(decrypt());
    return in_.size() != before;
  }
  Status take(short events) {
    if ((events & POLLOUT) != 0) LIFEBOAT_CHECK(send_some());
    if ((events & ~POLLOUT) == 0) return ok();
    LIFEBOAT_CHECK(receive_some());
    return decrypt();
  }
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  /// What poll is to wait for.
  [[nodiscard]] short wanted() const noexcept {
    const bool more = in_.size() < in_max;
    return static_cast<short>((more ? POLLIN : 0) | (waiting() != 0 ? POLLOUT : 0));
  }

  /// The next message that is whole; none where there is none. It lives until `turn`. Errors: format.
  Result<std::optional<Message>> next() {
    const ByteView left = ByteView(in_).subspan(at_);
    LIFEBOAT_TRY(const std::optional<std::size_t> length, message_length(left));
    if (!length || *length > left.size()) return std::optional<Message>();
    at_ += *length;
    LIFEBOAT_TRY(Message message, read_message(left.first(*length)));
    return std::optional<Message>(std::move(message));
  }

  /// Sends what waits, says that nothing more comes, and lets the peer read it: until the moment at most.
  void finish(const WakeFd& wake, Moment until) {
    tls_.close();
    if (!send_some()) return;
    while (waiting() != 0 && std::chrono::steady_clock::now() < until) {
      if ((wait_for_socket(socket_.get(), POLLOUT, wake, until) & ~POLLOUT) != 0) return;
      if (!send_some()) return;
    }
    (void)::shutdown(socket_.get(), SHUT_WR);
    // What is closed with bytes unread resets the connection, and the peer would not read why.
    std::byte unread[4096];
    while (std::chrono::steady_clock::now() < until) {
      const ssize_t got = ::recv(socket_.get(), unread, sizeof unread, 0);
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return;
      if (got < 0) (void)wait_for_socket(socket_.get(), POLLIN, wake, until);
    }
  }

  [[nodiscard]] const TlsSession& tls() const noexcept { return tls_; }

 private:
  static constexpr std::size_t in_max = message_bytes_max + (256U << 10U);
  static constexpr std::size_t piece = 256U << 10U;

  BasicTlsLink(FileDescriptor socket, TlsSession session) : socket_(std::move(socket)), tls_(std::move(session)) {}

  Status lost(const char* how, int error) const {
    return Error{ErrorId::peer_lost, std::string("the connection ended: ") + how}.because(error);
  }

  Status send_some() {
    tls_.drain(out_);
    while (sent_ < out_.size()) {
      const ssize_t n = ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (n >= 0) {
        sent_ += static_cast<std::size_t>(n);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      // What the peer said before it went may say why.
      broken_ = errno;
      break;
    }
    if (sent_ == out_.size() || broken_ != 0) {
      out_.clear();
      sent_ = 0;
    } else if (sent_ > piece) {
      out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(sent_));
      sent_ = 0;
    }
    return ok();
  }

  Status receive_some() {
    if (received_.empty()) received_.resize(piece);
    const ssize_t n = ::recv(socket_.get(), received_.data(), received_.size(), 0);
    if (n > 0) return tls_.feed(ByteView(received_).first(static_cast<std::size_t>(n)));
    if (n == 0) return lost("the peer closed it", broken_);
    if (errno == EAGAIN || errno == EINTR) return broken_ == 0 ? ok() : lost("it can not be written", broken_);
    return lost("it can not be read", errno);
  }

  Status decrypt() {
    LIFEBOAT_TRY(const bool open, tls_.read(in_, in_max));
    if (!open && in_.size() == at_) return lost("the peer said goodbye", 0);
    return ok();
  }

  FileDescriptor socket_;
  TlsSession tls_;
  Bytes in_;
  std::size_t at_ = 0;
  Bytes out_;
  std::size_t sent_ = 0;
  Bytes received_;
  Bytes scratch_;
  int broken_ = 0;
};
using TlsLink = BasicTlsLink<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
