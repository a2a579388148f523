// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <thread>

#include <lifeboat/sync/transport/compare_standby.hpp>
#include <lifeboat/sync/transport/take_back_link.hpp>
#include <lifeboat/sync/transport/tcp_shipper.hpp>
#include <lifeboat/sync/transport/transport.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A standby on another machine, over TCP with mutual TLS 1.3: groups go as they become durable, and what the standby
/// has made durable is acknowledged, so that appends can wait for it (StandbyDurable). The other side is TcpReceiver.
template <class = void>
class BasicTcp {
 public:
  using Config = TcpShipperConfig;  ///< `journal` is filled in

  static constexpr std::string_view name = "tcp";
  static constexpr bool acknowledges = true;

  /// Starts the link; the standby need not be there yet. Errors: those of TcpShipper::open.
  static Result<BasicTcp> open(Config config, const std::string& journal) {
    BasicTcp transport;
    transport.journal_ = config.journal = journal;
    LIFEBOAT_TRY(transport.shipper_, TcpShipper::open(std::move(config)));
    return transport;
  }

  /// What the standby has behind the end of the journal, for the opening of that.
  static Status take_back(const Config& config, JournalEndPort& end) { return take_back_from_standby(config, end); }

  [[nodiscard]] bool keeps_copy() const noexcept { return true; }
  [[nodiscard]] StandbyPort* standby() noexcept { return shipper_.get(); }
  void reserve_with(SequenceCeiling* ceiling) noexcept { shipper_->reserve_with(ceiling); }
  [[nodiscard]] LinkStatus link() const { return shipper_->status(); }

  /// Waits until the standby has what is durable now. Errors: why there is no link, interrupted.
  Result<SyncReport> ship(std::stop_token stop) {
    LIFEBOAT_TRY(const JournalHead head, journal_end(journal_));
    const auto there = [&] {
      return shipper_->wait(head.last, std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
    };
    LIFEBOAT_TRY(const LinkStatus link, once(there, stop));
    SyncReport report;
    report.position = link.standby.last;
    report.items_sent = link.groups - told_groups_;
    report.bytes_read = report.bytes_sent = link.bytes - told_bytes_;
    told_groups_ = link.groups;
    told_bytes_ = link.bytes;
    return report;
  }

  /// The standby reads its replica again, up to where it stands now, and this side its journal: part by part what each
  /// computes is compared, beside what is shipped. Errors: why there is no link, interrupted;
  /// feature_unknown, where the standby's program can not be asked; those of StandbyComparison.
  Result<SyncVerdict> compare(std::stop_token stop) {
    const auto up = [&] {
      if (shipper_->connected()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return false;
    };
    LIFEBOAT_TRY(const LinkStatus link, once(up, stop));
    if (link.standby.last == Position{}) return SyncVerdict{};
    if (!shipper_->standby_proves())
      return Error{ErrorId::feature_unknown,
                   "the standby's program can not be asked to read its replica again: that it acknowledged " +
                       head_text(link.standby) + " is all that is known of it"}
          .next("the standby's program first, then this one")
          .unchanged();
    const auto ask = [&](const JournalHead& after, std::uint32_t batches) {
      return shipper_->prove(after, batches, stop);
    };
    LIFEBOAT_TRY(SyncVerdict verdict, StandbyComparison(journal_, ask).run(link.standby.last));
    LIFEBOAT_TRY(const JournalHead head, journal_end(journal_));
    if (head.last.sequence > link.standby.last.sequence) {
      verdict.moved_on_count = head.last.sequence - link.standby.last.sequence;
      verdict.moved_on.push_back(std::to_string(verdict.moved_on_count) + " groups behind " +
                                 to_text(link.standby.last));
    }
    return verdict;
  }

 private:
  BasicTcp() = default;

  /// The link as it is once `holds`, which waits a little itself.
  template <class F>
  Result<LinkStatus> once(const F& holds, const std::stop_token& stop) {
    while (true) {
      if (stop.stop_requested()) return Error{ErrorId::interrupted, "the sync was stopped"};
      const bool good = holds();
      LinkStatus link = shipper_->status();
      if (good) return link;
      if (link.state != LinkState::up && link.refusal) return *link.refusal;
      if (link.state == LinkState::stopped) return Error{ErrorId::stopped, "the link to the standby was stopped"};
    }
  }

  std::string journal_;
  std::unique_ptr<TcpShipper> shipper_;
  std::uint64_t told_groups_ = 0;
  std::uint64_t told_bytes_ = 0;
};
using Tcp = BasicTcp<>;

static_assert(Transport<Tcp>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
