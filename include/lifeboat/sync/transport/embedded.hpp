// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/journal/ship_beside.hpp>
#include <lifeboat/journal/take_back.hpp>
#include <lifeboat/journal/take_pieces.hpp>
#include <lifeboat/sync/scoped_copy.hpp>
#include <lifeboat/sync/transport/transport.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A copy of the journal in a folder, on another disk or a mount of another machine: it needs no server. It is brought
/// in step pass by pass, with the doubt window and the known keys; between two passes it lags, and a ceiling that the
/// last one reserved there bounds what it may lack.
///
/// With a scope it is a part of the journal (ScopedCopy): for somebody who is to have these groups and no others. It
/// has no doubt window, no keys and no ceiling, never goes live, gives nothing back, and nothing is kept for it.
template <class = void>
class BasicEmbedded {
 public:
  struct Config {
    std::string replica{};  ///< the folder, made where it is not there; empty: no copy but the medium's
    std::uint64_t segment_length = 16ULL << 20U;
    /// So many sequences are reserved in the replica by each pass, for so long: a promotion of it then knows what may
    /// be lost. More than come between two passes, for what is above waits; 0: none.
    std::uint64_t reserve_groups = 0;
    std::chrono::seconds reserve_for{180};
    /// The scope: a group is there where a record fits one of `only`, or there are none, and none fits one of
    /// `exclude`. A condition is the name of a record type, or one on a field: "payment", "account=42".
    std::vector<std::string> only{};
    std::vector<std::string> exclude{};
    const ClockPort* clock = nullptr;

    [[nodiscard]] bool has_scope() const noexcept { return !only.empty() || !exclude.empty(); }
  };

  static constexpr std::string_view name = "embedded";
  static constexpr bool acknowledges = false;

  /// What can be wrong with it, before a journal is opened. Errors: config, usage.
  static Status check(const Config& config) {
    if (!config.has_scope()) return ok();
    if (config.replica.empty())
      return Error{ErrorId::config, "a scope is of a part of the journal: .to = {.replica = FOLDER, .only = ...}"}
          .unchanged();
    if (config.reserve_groups != 0)
      return Error{ErrorId::config,
                   "a part of a journal never goes live, and nothing is reserved there: a scope goes "
                   "without reserve_groups"}
          .unchanged();
    LIFEBOAT_CHECK(RecordScope::parse(config.only, config.exclude));
    return ok();
  }

  /// The replica is opened by each pass: it is another disk, that may be away. Errors: of a scope, those of `check` and
  /// of ScopedCopy::open.
  static Result<BasicEmbedded> open(Config config, const std::string& journal) {
    LIFEBOAT_CHECK(check(config));
    BasicEmbedded transport;
    if (config.has_scope()) {
      LIFEBOAT_TRY(ScopedCopy part, ScopedCopy::open({.journal = journal,
                                                      .folder = config.replica,
                                                      .only = config.only,
                                                      .exclude = config.exclude,
                                                      .segment_length = config.segment_length,
                                                      .from_oldest = false}));
      transport.part_.emplace(std::move(part));
    }
    transport.config_ = std::move(config);
    transport.journal_ = journal;
    return transport;
  }

  /// What the replica has behind the end of its journal, for the opening of that.
  static Status take_back(const Config& config, JournalEndPort& end) {
    return config.replica.empty() || config.has_scope() ? ok() : take_back_from_replica(config.replica, end);
  }

  [[nodiscard]] bool keeps_copy() const noexcept { return !config_.replica.empty() && !part_; }
  /// Whether there is a part of the journal, which is no copy.
  [[nodiscard]] bool keeps_part() const noexcept { return part_.has_value(); }
  [[nodiscard]] StandbyPort* standby() noexcept { return nullptr; }
  void reserve_with(SequenceCeiling* ceiling) noexcept { ceiling_ = ceiling; }

  Result<SyncReport> ship(std::stop_token stop) {
    if (part_) {
      auto shipped = part_->sync(std::move(stop));
      part_->begin_at_oldest(false);
      return shipped;
    }
    SyncReport report;
    if (!keeps_copy()) return report;
    LIFEBOAT_TRY(const std::unique_ptr<JournalReplica> replica, open_replica({}));
    LIFEBOAT_CHECK(ship_doubt_beside(journal_, config_.replica));  // before the groups that came behind a loss
    LIFEBOAT_TRY(JournalReader reader, reader_behind(journal_, replica->head()));
    LIFEBOAT_TRY(const ShipReport shipped, lifeboat::ship(reader, *replica, {.stop = std::move(stop)}));
    LIFEBOAT_CHECK(reserve());  // while nobody else has the replica's lock
    LIFEBOAT_CHECK(ship_keys_beside(journal_, config_.replica, shipped.last));
    report.position = shipped.last;
    report.items_sent = shipped.groups;
    report.bytes_read = report.bytes_sent = shipped.bytes;
    return report;
  }

  /// Brings the replica up to what a medium has, where the journal keeps no more what it lacks; one that holds nothing
  /// begins where the medium's pieces do. Errors: object_missing, where they begin behind its end.
  Result<ShipReport> seed(MediumPort& medium, const std::string& source, std::stop_token stop) {
    if (part_) return seed_part(medium, source, std::move(stop));
    LIFEBOAT_TRY(const JournalHead begins, pieces_begin(medium, source));
    LIFEBOAT_TRY(const std::unique_ptr<JournalReplica> replica, open_replica(begins));
    if (replica->last().sequence < begins.last.sequence)
      return Error{ErrorId::object_missing, "the replica " + config_.replica + " ends at " + to_text(replica->last()) +
                                                ", and what comes behind it is kept no more: the medium's pieces of " +
                                                source + " begin behind " + to_text(begins.last)}
          .next(made_anew())
          .unchanged();
    return take_pieces(medium, source, *replica, {.stop = std::move(stop)});
  }

  Result<SyncVerdict> compare(std::stop_token stop) {
    if (part_) return part_->verify(std::move(stop));
    LIFEBOAT_TRY(JournalReader here, JournalReader::open(journal_));
    LIFEBOAT_TRY(JournalReader there, JournalReader::open(config_.replica));
    LIFEBOAT_TRY(const JournalComparison found, compare_journals(here, there));
    if (found.sentence.empty()) LIFEBOAT_CHECK(check_ends(there));
    return verdict_of(found, "the replica");
  }

 private:
  BasicEmbedded() = default;

  /// Nothing goes into what is a part.
  Result<std::unique_ptr<JournalReplica>> open_replica(const JournalHead& begins) const {
    LIFEBOAT_CHECK(refuse_part_in(config_.replica));
    return JournalReplica::open(
        {.folder = config_.replica, .segment_length = config_.segment_length, .begins = begins});
  }

  Result<ShipReport> seed_part(MediumPort& medium, const std::string& source, std::stop_token stop) {
    LIFEBOAT_TRY(const SyncReport taken, part_->take_pieces(medium, source, std::move(stop)));
    part_->begin_at_oldest(true);  // in the pass that follows: the medium has no more
    ShipReport report;
    report.groups = taken.items_sent;
    report.bytes = taken.bytes_sent;
    report.last = taken.position;
    return report;
  }

  /// That the replica ends where a reader of it stopped: a batch that is damaged stops one too. While a pass writes
  /// there nobody can tell, and the next comparison does. Errors: corrupt, medium_io.
  Status check_ends(JournalReader& there) const {
    if (is_held(config_.replica)) return ok();
    const auto whole = there.verify();
    if (whole || is_held(config_.replica)) return ok();
    return Error(whole.error()).next(made_anew());
  }

  std::string made_anew() const {
    return "mv " + shell_quoted(config_.replica) + " " + shell_quoted(config_.replica + ".old") +
           "    # the next pass makes it anew";
  }

  Status reserve() {
    if (ceiling_ == nullptr || config_.reserve_groups == 0) return ok();
    const SystemClock own;
    const Timestamp now = (config_.clock != nullptr ? *config_.clock : static_cast<const ClockPort&>(own)).now().wall;
    return reserve_ceiling(*ceiling_, CeilingCopy::replica, journal_, config_.reserve_groups, now, config_.reserve_for,
                           [&](const Reservation& what) -> Result<bool> {
                             LIFEBOAT_CHECK(write_reservation(config_.replica, ceiling_name, what));
                             return true;
                           });
  }

  Config config_;
  std::string journal_;
  std::optional<ScopedCopy> part_;
  SequenceCeiling* ceiling_ = nullptr;
};
using Embedded = BasicEmbedded<>;

static_assert(Transport<Embedded>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
