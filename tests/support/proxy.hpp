// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace support {

/// Stands between two sides on the loopback and carries bytes; when it is told to, badly: seeded, so that a round can
/// be had again. One connection at a time, on a thread of its own.
class Proxy {
 public:
  explicit Proxy(std::uint16_t target, std::uint32_t seed = 0) : target_(target), dice_(seed) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = loopback(0);
    socklen_t size = sizeof at;
    if (listening_ < 0 || ::bind(listening_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
        ::listen(listening_, 8) != 0 || ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw std::runtime_error("the proxy can not listen");
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy() {
    end_ = true;
    thread_.join();
    ::close(listening_);
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Where connections go from now on.
  void point_at(std::uint16_t target) noexcept { target_ = target; }
  /// Nothing comes through, and nobody is told.
  void hold(bool on) noexcept { hold_ = on; }
  /// Each connection ends when it has carried so many bytes; 0: it does not.
  void end_behind(std::size_t bytes) noexcept { most_ = bytes; }
  /// So many in a thousand pieces are corrupted, end the connection, wait, or end the flow with both sides left open.
  void disturb(unsigned corrupt, unsigned drop, unsigned wait, unsigned freeze) noexcept {
    corrupt_ = corrupt;
    drop_ = drop;
    wait_ = wait;
    freeze_ = freeze;
  }
  [[nodiscard]] int disturbances() const noexcept { return disturbances_; }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
  }

  void run() {
    while (!end_) {
      pollfd one{listening_, POLLIN, 0};
      if (::poll(&one, 1, 10) <= 0) continue;
      const int from = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (from < 0) continue;
      const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in at = loopback(target_);
      if (::connect(to, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) carry(from, to);
      ::close(to);
      ::close(from);
    }
  }

  bool chance(unsigned in_a_thousand) {
    const bool hit = dice_() % 1000 < in_a_thousand;
    if (hit) ++disturbances_;
    return hit;
  }

  void carry(int a, int b) {
    std::vector<char> bytes(64U << 10U);
    bool frozen = false;
    std::size_t carried = 0;
    while (!end_) {
      if (hold_) {  // not even the end of a side is seen
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      pollfd both[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
      if (frozen) both[0].events = both[1].events = POLLRDHUP;
      if (::poll(both, 2, 10) <= 0) continue;
      for (int i = 0; i < 2; ++i) {
        if (both[i].revents == 0) continue;
        if (frozen) return;
        // Pieces of any size, whatever was sent.
        const std::size_t most = chance(wait_) ? 1 + dice_() % 50 : bytes.size();
        const ssize_t got = ::recv(both[i].fd, bytes.data(), most, 0);
        if (got <= 0) return;
        carried += static_cast<std::size_t>(got);
        if (most_ != 0 && carried > most_) return;
        if (chance(drop_)) return;
        if (chance(freeze_)) {
          frozen = true;
          break;
        }
        if (chance(wait_)) std::this_thread::sleep_for(std::chrono::milliseconds(dice_() % 20));
        if (chance(corrupt_)) bytes[dice_() % static_cast<std::size_t>(got)] ^= static_cast<char>(1U << dice_() % 8);
        for (ssize_t sent = 0; sent < got;) {
          const ssize_t n =
              ::send(both[1 - i].fd, bytes.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
          if (n <= 0) return;
          sent += n;
        }
      }
    }
  }

  std::atomic<std::uint16_t> target_;
  std::mt19937 dice_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> end_{false};
  std::atomic<bool> hold_{false};
  std::atomic<std::size_t> most_{0};
  std::atomic<unsigned> corrupt_{0};
  std::atomic<unsigned> drop_{0};
  std::atomic<unsigned> wait_{0};
  std::atomic<unsigned> freeze_{0};
  std::atomic<int> disturbances_{0};
  std::thread thread_;
};

}  // namespace support
