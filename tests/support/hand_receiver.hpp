// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "support/journals.hpp"

namespace support {

/// A receiver that is fed by hand.
class HandReceiver final : public lifeboat::ReceiverPort {
 public:
  HandReceiver(std::string journal, std::string folder) : journal_(std::move(journal)), folder_(std::move(folder)) {
    replica_ = open_replica(folder_);
    head_.move(replica_->last());
  }
  /// Takes what is durable in the journal, up to about so many bytes.
  void take(std::uint64_t bytes = ~std::uint64_t{0}) {
    auto reader = lifeboat::reader_behind(journal_, replica_->head());
    REQUIRE(reader);
    REQUIRE(lifeboat::ship(*reader, *replica_, {.bytes = bytes, .run_bytes = 1}));
    hear(lifeboat::journal_end(journal_)->last);
    head_.move(replica_->last());
  }
  void hear(lifeboat::Position durable) {
    const std::scoped_lock guard(mutex_);
    status_.durable = durable;
    status_.durable_time = {1000, 0};
    status_.heard = std::chrono::steady_clock::now();
  }
  [[nodiscard]] const std::string& folder() const noexcept override { return folder_; }
  [[nodiscard]] lifeboat::Position durable() const noexcept override { return head_.acknowledged(); }
  bool wait(lifeboat::Position position, const std::optional<lifeboat::Moment>& deadline) noexcept override {
    return head_.wait(position, deadline);
  }
  [[nodiscard]] lifeboat::LinkStatus status() const override {
    const std::scoped_lock guard(mutex_);
    return status_;
  }
  void stop() noexcept override {
    replica_.reset();
    {
      const std::scoped_lock guard(mutex_);
      status_.state = lifeboat::LinkState::stopped;
    }
    head_.close();
  }

 private:
  std::string journal_;
  std::string folder_;
  std::unique_ptr<lifeboat::JournalReplica> replica_;
  lifeboat::StandbyHead head_;
  mutable std::mutex mutex_;
  lifeboat::LinkStatus status_;
};

}  // namespace support
