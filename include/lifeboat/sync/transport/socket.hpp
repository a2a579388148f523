// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>

#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/result.hpp>

// Sockets that never block, never raise SIGPIPE, and are waited for together with a wish to stop.
namespace lifeboat::inline LIFEBOAT_ABI {

using Moment = std::chrono::steady_clock::time_point;

/// Where a peer listens. A name is looked up for each connection; that may take as long as the resolver likes.
struct NetAddress {
  std::string host{};
  std::uint16_t port = 0;
  [[nodiscard]] std::string text() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  }
};

/// Wakes one thread that waits in poll. Any thread may wake it.
class WakeFd {
 public:
  /// 0, or an errno.
  int open() noexcept {
    fd_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    return fd_ ? 0 : errno;
  }
  void wake() const noexcept {
    static constexpr std::uint64_t one = 1;
    (void)!::write(fd_.get(), &one, sizeof one);
  }
  void drain() const noexcept {
    std::uint64_t count = 0;
    (void)!::read(fd_.get(), &count, sizeof count);
  }
  [[nodiscard]] int get() const noexcept { return fd_.get(); }

 private:
  FileDescriptor fd_;
};

/// What poll is given: a minute at most, and never less than is left.
inline int milliseconds_until(Moment until) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
  return left <= 0 ? 0 : left > 60'000 ? 60'000 : static_cast<int>(left);
}

/// Waits until one of `events` is there, the wake was called, or the moment has come. Gives what poll says of `fd`; an
/// `fd` of -1 waits for the wake alone.
template <class = void>
short wait_for_socket(int fd, short events, const WakeFd& wake, Moment until) noexcept {
  pollfd both[2] = {{wake.get(), POLLIN, 0}, {fd, events, 0}};
  if (::poll(both, 2, milliseconds_until(until)) <= 0) return 0;
  if (both[0].revents != 0) wake.drain();
  return both[1].revents;
}

/// The same of a socket alone.
template <class = void>
short wait_for_socket(int fd, short events, Moment until) noexcept {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, milliseconds_until(until)) <= 0 ? short{0} : one.revents;
}

namespace detail {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

template <class = void>
Result<Addresses> addresses_of(const NetAddress& at, bool to_listen) {
  const std::string port = std::to_string(at.port);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST | (to_listen ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  int answer = ::getaddrinfo(at.host.empty() ? nullptr : at.host.c_str(), port.c_str(), &wanted, &found);
  if (answer == EAI_NONAME && !at.host.empty()) {
    wanted.ai_flags &= ~AI_NUMERICHOST;
    answer = ::getaddrinfo(at.host.c_str(), port.c_str(), &wanted, &found);
  }
  if (answer == 0) return Addresses(found);
  return Error{ErrorId::peer_lost, "the address " + at.text() + " can not be found: " + ::gai_strerror(answer)};
}

}  // namespace detail

/// Connects to a peer. Errors: peer_lost; interrupted where `stop` says so.
template <class Stop>
Result<FileDescriptor> connect_to(const NetAddress& peer, const WakeFd& wake, Moment until, Stop&& stop) {
  LIFEBOAT_TRY(const detail::Addresses list, detail::addresses_of(peer, false));
  int error = EADDRNOTAVAIL;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    FileDescriptor socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
      error = errno;
      continue;
    }
    const int one = 1;
    (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    error = ::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    while (error == EINPROGRESS || error == EINTR) {
      if (stop()) return Error{ErrorId::interrupted, "the connection to " + peer.text() + " was given up"};
      if (std::chrono::steady_clock::now() >= until) {
        error = ETIMEDOUT;
        break;
      }
      if (wait_for_socket(socket.get(), POLLOUT, wake, until) == 0) continue;
      socklen_t size = sizeof error;
      if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    }
    if (error == 0) return socket;
  }
  return Error{ErrorId::peer_lost, "nobody answers at " + peer.text()}.because(error);
}

/// Listens; port 0 is any that is free. Errors: config.
template <class = void>
Result<FileDescriptor> listen_at(const NetAddress& own) {
  LIFEBOAT_TRY(const detail::Addresses list, detail::addresses_of(own, true));
  int error = EADDRNOTAVAIL;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    FileDescriptor socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int one = 1;
    if (socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        ::bind(socket.get(), at->ai_addr, at->ai_addrlen) == 0 && ::listen(socket.get(), 8) == 0)
      return socket;
    error = errno;
  }
  return Error{ErrorId::config, "it can not be listened at " + own.text()}.because(error).unchanged();
}

/// The port that a socket listens at.
template <class = void>
std::uint16_t port_of(int socket) noexcept {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
}

/// Takes a connection that waits; none where there is none. `from` is told where it comes from.
template <class = void>
FileDescriptor accept_from(int listening, std::string& from) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  FileDescriptor socket(::accept4(listening, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return socket;
  const int one = 1;
  (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char host[NI_MAXHOST] = "?";
  (void)::getnameinfo(reinterpret_cast<const sockaddr*>(&peer), size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  from = host;
  return socket;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
