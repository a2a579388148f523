// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/sync/transport/tcp_receiver.hpp>
#include <lifeboat/sync/transport/tcp_shipper.hpp>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "support/certificates.hpp"
#include "support/journals.hpp"
#include "support/proxy.hpp"
#include "support/temp_folder.hpp"

namespace support {

/// What was told to a log.
class Told {
 public:
  lifeboat::LogSink sink() {
    return {.context = this, .event = [](void* self, const lifeboat::Event& event) noexcept {
              auto* const told = static_cast<Told*>(self);
              const std::scoped_lock guard(told->mutex_);
              told->events_.emplace_back(event.id, event.sentence);
              told->more_.notify_all();
            }};
  }
  /// The sentence of the first event with this id, once it is there; empty where it did not come within 20 s.
  std::string wait_for(lifeboat::ErrorId id) {
    std::unique_lock guard(mutex_);
    std::string found;
    more_.wait_for(guard, std::chrono::seconds(20), [&] {
      for (const auto& [what, sentence] : events_)
        if (what == id && found.empty()) found = sentence;
      return !found.empty();
    });
    if (found.empty())
      for (const auto& [what, sentence] : events_) UNSCOPED_INFO(lifeboat::to_string(what) << ": " << sentence);
    return found;
  }
  void clear() {
    const std::scoped_lock guard(mutex_);
    events_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::pair<lifeboat::ErrorId, std::string>> events_;
};

/// A primary and a standby with certificates of one authority, in one folder.
struct BothEnds {
  TempFolder folder;
  std::string journal = folder / "j";
  std::string replica = folder / "r";
  Identity authority = make_identity("Test CA");

  BothEnds() {
    write_identity(folder.path(), "ca", authority);
    write_identity(folder.path(), "primary", make_identity("primary.test", authority));
    write_identity(folder.path(), "standby", make_identity("standby.test", authority));
  }
  [[nodiscard]] lifeboat::TcpReceiverConfig receiver() const {
    return {.replica = replica_of(replica),
            .listen = {"127.0.0.1", 0},
            .tls = tls_of(folder.path(), "standby", "primary.test"),
            .schemas = {lifeboat::schema_bytes<Payment>()},
            .heartbeat = std::chrono::milliseconds(200),
            .handshake_timeout = std::chrono::milliseconds(2000)};
  }
  [[nodiscard]] lifeboat::TcpShipperConfig shipper(std::uint16_t port) const {
    return {.journal = journal,
            .standby = {"127.0.0.1", port},
            .tls = tls_of(folder.path(), "primary", "standby.test"),
            .heartbeat = std::chrono::milliseconds(200),
            .connect_timeout = std::chrono::milliseconds(2000),
            .retry_first = std::chrono::milliseconds(5),
            .retry_most = std::chrono::milliseconds(50),
            .look_every = std::chrono::milliseconds(20)};
  }
};

template <class T>
std::unique_ptr<T> opened(lifeboat::Result<std::unique_ptr<T>> made) {
  INFO((made ? std::string() : made.error().sentence()));
  REQUIRE(made);
  return std::move(*made);
}

inline lifeboat::Moment soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(30); }

}  // namespace support
