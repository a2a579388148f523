// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/journal/compare_journals.hpp>
#include <lifeboat/journal/ship_beside.hpp>
#include <lifeboat/sync/transport/transport.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A copy of the journal in a folder, on another disk or a mount of another machine: it needs no server. It is brought
/// in step pass by pass, with the doubt window and the known keys; between two passes it lags.
template <class = void>
class BasicEmbedded {
 public:
  struct Config {
    std::string replica{};  ///< the folder, made where it is not there; empty: no copy but the medium's
    std::uint64_t segment_length = 16ULL << 20U;
  };

  static constexpr std::string_view name = "embedded";
  static constexpr bool acknowledges = false;

  /// The replica is opened by each pass: it is another disk, that may be away. Errors: none.
  static Result<BasicEmbedded> open(Config config, const std::string& journal) {
    BasicEmbedded transport;
    transport.config_ = std::move(config);
    transport.journal_ = journal;
    return transport;
  }

  [[nodiscard]] bool keeps_copy() const noexcept { return !config_.replica.empty(); }
  [[nodiscard]] StandbyPort* standby() noexcept { return nullptr; }

  Result<SyncReport> ship(std::stop_token stop) {
    SyncReport report;
    if (!keeps_copy()) return report;
    LIFEBOAT_TRY(const std::unique_ptr<JournalReplica> replica,
                 JournalReplica::open({.folder = config_.replica, .segment_length = config_.segment_length}));
    LIFEBOAT_CHECK(ship_doubt_beside(journal_, config_.replica));  // before the groups that came behind a loss
    LIFEBOAT_TRY(JournalReader reader, reader_behind(journal_, replica->head()));
    LIFEBOAT_TRY(const ShipReport shipped, lifeboat::ship(reader, *replica, {.stop = std::move(stop)}));
    LIFEBOAT_CHECK(ship_keys_beside(journal_, config_.replica, shipped.last));
    report.position = shipped.last;
    report.items_sent = shipped.groups;
    report.bytes_read = report.bytes_sent = shipped.bytes;
    return report;
  }

  Result<SyncVerdict> compare(std::stop_token) {
    SyncVerdict verdict;
    LIFEBOAT_TRY(JournalReader here, JournalReader::open(journal_));
    LIFEBOAT_TRY(JournalReader there, JournalReader::open(config_.replica));
    LIFEBOAT_TRY(const JournalComparison found, compare_journals(here, there));
    verdict.equal = found.equal && found.right_ahead == 0;
    verdict.items = found.groups;
    verdict.first_difference = found.sentence;
    verdict.differences = found.sentence.empty() ? 0 : 1;
    if (found.sentence.empty() && found.right_ahead != 0) {
      verdict.differences = 1;
      verdict.first_difference =
          "the replica has " + std::to_string(found.right_ahead) + " groups behind the end of the journal";
    }
    if (found.left_ahead != 0) {
      verdict.moved_on_count = found.left_ahead;
      verdict.moved_on.push_back(std::to_string(found.left_ahead) + " groups behind " + to_text(found.upto.last));
    }
    return verdict;
  }

 private:
  BasicEmbedded() = default;

  Config config_;
  std::string journal_;
};
using Embedded = BasicEmbedded<>;

static_assert(Transport<Embedded>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
