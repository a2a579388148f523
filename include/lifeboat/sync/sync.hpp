// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/archive/backup.hpp>
#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/event.hpp>
#include <lifeboat/core/port.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/source/port.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a pass is given. All of it is borrowed for the length of the call.
struct SyncContext {
  SourcePort& source;              ///< flushed, frozen, scanned and thawed by the sync, once for each pass
  const VerifierPort& verifier;    ///< what content is compared with
  const VerifierPort& structural;  ///< cryptographic: for what a sync keeps of its own
  const ClockPort& clock;
  RandomPort& random;
  Budgets budgets;
  std::string_view state_folder;   ///< where a sync may keep what can be rebuilt; empty: nowhere
  LogSink log{};
  MediumPort* medium = nullptr;    ///< the pipeline's, which may have what a copy lacks; null: none
  std::string_view source_id{};    ///< under which it has that
};

/// What a pass did.
struct SyncReport {
  CutKind cut = CutKind::per_file;
  Position position;                ///< of the replica afterwards, where the sync has a log
  std::uint64_t items_sent = 0;     ///< entries written, or groups shipped
  std::uint64_t items_removed = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t unreadable = 0;     ///< entries left as the replica had them
  std::uint64_t torn = 0;
  std::uint64_t lag_before_ns = 0;  ///< age of what the replica held when the pass began
  std::uint64_t lag_after_ns = 0;
  std::uint64_t duration_ns = 0;
  bool rolled_forward = false;      ///< it first finished what a pass before it had begun
  std::uint64_t items_moved = 0;    ///< of those written: moved within the replica, their content was there already
  std::uint64_t items_metadata = 0; ///< entries of which only owner, mode, times or attributes were set
  std::uint64_t items_limited = 0;  ///< entries whose owner, mode or attributes the replica could not be given before
  std::uint64_t items_verified = 0; ///< files read again from the replica after they were written
  std::uint64_t skipped = 0;        ///< sockets, other mounts
  std::uint64_t gap_count = 0;
  std::vector<Gap> gaps;            ///< unreadable and torn entries, what the replica can not hold; the first
  std::uint64_t difference_count = 0;
  std::vector<Gap> differences;     ///< what somebody else had changed in the replica, and this pass repaired
  std::uint64_t set_aside = 0;      ///< of those: moved out of the way, not removed
  std::uint64_t medium_groups = 0;  ///< of the journal, that went to the pipeline's medium
  std::uint64_t medium_bytes = 0;
  Position medium_position;         ///< the last group that the medium has
  std::uint64_t segments_recycled = 0;  ///< of the journal, let go at the engine
  static constexpr std::size_t listed_max = 1000;
};

/// Segments of the engine's journal that went.
struct Recycled {
  std::uint64_t segments = 0;
  std::uint64_t dropped = 0;  ///< of those: the copy had not had all of them
};

/// Whether the replica equals what was read. `equal` only where every item was compared and none differed.
struct SyncVerdict {
  bool equal = false;
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  std::uint64_t differences = 0;
  std::string first_difference;       ///< names the item and what differs
  std::uint64_t moved_on_count = 0;
  std::vector<std::string> moved_on;  ///< items that the source has changed since they were copied; the first of them
};

/// How a replica is kept in step.
///
/// Minimal definition: a movable class with
/// - `name`, `struct Config`, `static Result<Y> open(Config)`;
/// - `static constexpr bool has_log`: whether the engine appends to it, group by group;
/// - `sync(SyncContext&, std::stop_token)`: one pass;
/// - `verify(SyncContext&, std::stop_token)`: compares, changes nothing.
/// It may have `static constexpr unsigned failure_domains`: how many copies in different places hold what was
/// acknowledged (1, the engine's own, where it does not say). It may have `static constexpr bool replicates = false`
/// where it keeps no replica at all.
///
/// Laws: after a pass that succeeded, `verify` says equal or names what has moved on; a pass over an unchanged source
/// sends nothing; after a crash at any moment the replica is what it was before the pass or is brought to what the
/// pass meant, by the next one; what could not be read is never taken for deleted.
///
/// Models: NoSync, TimestampSync.
/// Errors: sync_difference, replica_strange, replica_emptied, target_io, interrupted, and those of the source.
template <class Y>
concept Sync =
    std::movable<Y> &&
    requires {
      typename Y::Config;
      { Y::name } -> std::convertible_to<std::string_view>;
      { Y::has_log } -> std::convertible_to<bool>;
    } && requires(Y& sync, typename Y::Config config, SyncContext& context, std::stop_token stop) {
      { Y::open(std::move(config)) } -> std::same_as<Result<Y>>;
      { sync.sync(context, stop) } -> std::same_as<Result<SyncReport>>;
      { sync.verify(context, stop) } -> std::same_as<Result<SyncVerdict>>;
    };

/// Whether a sync keeps a replica.
template <Sync Y>
consteval bool replicates() {
  if constexpr (requires { bool{Y::replicates}; })
    return Y::replicates;
  else
    return true;
}

/// How many places hold what an append acknowledged; 0 where there is no log.
template <Sync Y>
consteval unsigned acknowledging_domains() {
  if constexpr (!Y::has_log)
    return 0;
  else if constexpr (requires { unsigned{Y::failure_domains}; })
    return Y::failure_domains;
  else
    return 1;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
