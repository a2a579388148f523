// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/clock.hpp>
#include <lifeboat/fwd.hpp>
#include <lifeboat/journal/beside.hpp>
#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/record/schemas_of.hpp>
#include <lifeboat/sync/transport/embedded.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What gives way where a journal has reached `max_kept` and its copy is behind.
enum class AtMaxKept : std::uint8_t {
  stop,       ///< appends are refused, until the copy has caught up
  drop_copy,  ///< the copy loses its range, which is told, and has to be seeded anew
};

/// The engine appends to a journal, and its groups go to a second copy in order. What has no copy yet is lost with the
/// machine: how much that is, `sync` says, and `append<StandbyDurable>` waits for where the transport acknowledges.
///
/// The engine's own files, if there are any, are not looked at by a pass: what they hold came from the journal.
/// Errors: those of Journal::open, of the keys and of the transport.
template <class Transport_>
class BasicLogSync {
 public:
  struct Config {
    std::string journal{};  ///< its folder, made where it is not there; required
    typename Transport_::Config to{};
    std::vector<Bytes> schemas{};  ///< of the records that will be appended (schemas_of<...>()), but for those that the
                                   ///< source names: any other takes memory and a segment at its first append, and
                                   ///< without memory the journal stops there
    std::uint64_t segment_length = 16ULL << 20U;
    std::size_t queue_bytes = 1U << 20U;
    std::uint64_t epoch = 0;  ///< as JournalConfig has it: of a copy that was adopted or promoted
    std::uint64_t first_sequence = 0;
    std::uint64_t retry_groups = ~std::uint64_t{0};  ///< for how many groups a client may ask again; without an end
    std::size_t keys_memory = 16U << 20U;
    KeysPort* keys = nullptr;       ///< the engine's own lookup (EngineKeys), in place of kept keys; outlives the sync
    DoubtPort* doubt = nullptr;     ///< asked for keys that are not known; outlives the sync
    TornTailPort* tails = nullptr;  ///< of the journal's opening, beside the copy; null: `doubt`
    LostStandby lost_standby = LostStandby::wait;
    /// Each pass of the sync lets go of segments that lie below the newest archive that states a position, on the
    /// medium, at the copy, and whose keys are known: an engine that starts then begins at an archive.
    bool recycle = false;
    std::uint64_t max_kept = 0;  ///< bytes of segments that may stand there; 0: no end
    AtMaxKept at_max_kept = AtMaxKept::stop;
    /// So many sequences are reserved on the medium by each pass, for so long: a copy that is adopted then knows what
    /// may be lost. More than come between two passes, for what is above waits; 0: none.
    std::uint64_t reserve_groups = 0;
    std::chrono::seconds reserve_for{180};
    const ClockPort* clock = nullptr;
    RandomPort* random = nullptr;
  };
  using Log = EngineLog;

  static constexpr std::string_view name = "log";
  static constexpr bool has_log = true;
  static constexpr bool acknowledges = Transport_::acknowledges;
  static constexpr unsigned failure_domains = acknowledges ? 2 : 1;

  static Result<BasicLogSync> open(Config config) {
    if (config.journal.empty())
      return Error{ErrorId::config, "LogSync needs a folder for its journal: .sync = {.journal = ...}"}.unchanged();
    if constexpr (requires { Transport_::check(config.to); }) LIFEBOAT_CHECK(Transport_::check(config.to));
    CopyTails<Transport_> tails(config.to, config.tails != nullptr ? config.tails : config.doubt);
    LIFEBOAT_TRY(auto journal, Journal::open({.folder = config.journal,
                                              .segment_length = config.segment_length,
                                              .queue_bytes = config.queue_bytes,
                                              .max_kept = config.max_kept,
                                              .schemas = std::move(config.schemas),
                                              .epoch = config.epoch,
                                              .first_sequence = config.first_sequence,
                                              .tails = &tails,
                                              .clock = config.clock,
                                              .random = config.random}));
    std::unique_ptr<KeysPort> own_keys;
    if (config.keys == nullptr) {
      LIFEBOAT_TRY(own_keys, KeptKeys::open({.folder = keys_folder(config.journal),
                                             .retry_groups = config.retry_groups,
                                             .memory = config.keys_memory,
                                             .random = config.random}));
      config.keys = own_keys.get();
    }
    LIFEBOAT_TRY(auto once, Once::open(*journal, *config.keys, config.doubt));
    std::vector<std::pair<CeilingCopy, Reservation>> promised;
    for (const CeilingCopy copy : ceiling_copies) {
      LIFEBOAT_TRY(const std::optional<Reservation> one, read_reservation(config.journal, promised_name(copy)));
      if (one) promised.emplace_back(copy, *one);
    }
    LIFEBOAT_TRY(Transport_ transport, Transport_::open(std::move(config.to), config.journal));
    BasicLogSync made;
    made.recycle_ = config.recycle;
    made.max_kept_ = config.max_kept;
    made.reserve_groups_ = config.reserve_groups;
    made.reserve_for_ = config.reserve_for;
    made.at_max_kept_ = config.at_max_kept;
    made.open_ = std::make_unique<Open>(std::move(transport));
    made.open_->log = std::make_unique<EngineLog>(
        std::move(journal), std::move(own_keys), *config.keys, std::move(once), made.open_->transport.standby(),
        config.lost_standby, 2 * config.queue_bytes / (frame_head_bytes + group_head_bytes + record_head_bytes));
    const SystemClock own;
    const Timestamp now = config.clock != nullptr ? config.clock->now().wall : own.now().wall;
    for (const auto& [copy, one] : promised) made.log().honour(copy, one, now);
    reserve_with(made.open_->transport, &made.log().ceiling());
    return made;
  }

  /// Ships what is durable here and not there, and proves its chain on receipt. What the journal keeps no more comes
  /// from the pipeline's medium, where the transport can take it from there.
  Result<SyncReport> sync(SyncContext& context, std::stop_token stop) {
    auto shipped = open_->transport.ship(stop);
    std::uint64_t seeded = 0;
    if constexpr (requires { open_->transport.seed(*context.medium, std::string(), stop); })
      if (!shipped && shipped.error().id() == ErrorId::object_missing && context.medium != nullptr) {
        LIFEBOAT_TRY(const ShipReport taken,
                     open_->transport.seed(*context.medium, std::string(context.source_id), stop));
        seeded = taken.groups;
        shipped = open_->transport.ship(std::move(stop));
      }
    LIFEBOAT_TRY(SyncReport report, std::move(shipped));
    report.items_sent += seeded;
    if (!compares()) report.position = open_->log->template durable<LocalDurable>();
    return report;
  }

  /// Compares the copy with the journal, group by group as far as both go.
  Result<SyncVerdict> verify(SyncContext& context, std::stop_token stop) {
    if (!compares())
      return Error{ErrorId::combination,
                   "the journal of " + context.source.facts().value().id + " has no copy to compare but the medium's"}
          .next("lifeboat verify")
          .unchanged();
    return open_->transport.compare(std::move(stop));
  }

  /// Whether there is something to compare with the journal: a copy, or a part of it.
  [[nodiscard]] bool compares() const noexcept {
    if constexpr (requires { bool{open_->transport.keeps_part()}; })
      return keeps_copy() || open_->transport.keeps_part();
    else
      return keeps_copy();
  }
  /// Whether there is a copy beside the medium's that could go live.
  [[nodiscard]] bool keeps_copy() const noexcept { return open_->transport.keeps_copy(); }
  [[nodiscard]] bool recycles() const noexcept { return recycle_; }
  /// Lets go of segments whose groups an archive and the medium have up to `elsewhere`, and the copy up to `copy`:
  /// where there is one. A part is none: it takes what it lacks from the medium.
  Result<Recycled> recycle(Position elsewhere, Position copy) {
    Recycled done;
    if (!keeps_copy()) copy = elsewhere;
    LIFEBOAT_TRY(done.segments, open_->log->recycle(std::min(elsewhere, copy)));
    if (copy >= elsewhere || max_kept_ == 0 || at_max_kept_ != AtMaxKept::drop_copy ||
        open_->log->journal().kept_bytes() <= max_kept_)
      return done;
    LIFEBOAT_TRY(done.dropped, open_->log->recycle(elsewhere));
    done.segments += done.dropped;
    return done;
  }

  /// What each pass reserves on the medium.
  [[nodiscard]] std::uint64_t reserve_groups() const noexcept { return reserve_groups_; }
  [[nodiscard]] std::chrono::seconds reserve_for() const noexcept { return reserve_for_; }

  /// How the link to the standby is; none where the transport has none.
  [[nodiscard]] std::optional<LinkStatus> link() const {
    if constexpr (requires { LinkStatus{open_->transport.link()}; })
      return open_->transport.link();
    else
      return std::nullopt;
  }

  [[nodiscard]] Log& log() noexcept { return *open_->log; }
  [[nodiscard]] const Log& log() const noexcept { return *open_->log; }

 private:
  BasicLogSync() = default;

  /// The log, and what it waits for and is reserved by: they end in order, also where another is moved here.
  struct Open {
    explicit Open(Transport_ made) : transport(std::move(made)) {}
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    ~Open() { reserve_with(transport, nullptr); }

    Transport_ transport;
    std::unique_ptr<EngineLog> log;
  };

  std::unique_ptr<Open> open_;
  std::uint64_t reserve_groups_ = 0;
  std::chrono::seconds reserve_for_{0};
  bool recycle_ = false;
  std::uint64_t max_kept_ = 0;
  AtMaxKept at_max_kept_ = AtMaxKept::stop;
};

static_assert(Sync<LogSync>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
