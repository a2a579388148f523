// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Every error and warning that the library can name. Values never change and are never used again: they stand in
/// logs. docs/errors.md has the cause and the cure of each.
enum class ErrorId : std::uint16_t {
  usage = 1,
  source_missing = 10,
  source_emptied = 11,
  source_not_mounted = 12,
  source_unreadable = 13,
  source_shrunken = 14,
  entry_unreadable = 15,
  entry_torn = 16,
  entry_vanished = 17,
  entry_skipped = 18,
  freeze_failed = 19,
  pattern = 20,
  source_id = 21,
  source_unknown = 22,
  medium_missing = 30,
  medium_empty = 31,
  medium_strange = 32,
  object_exists = 34,
  object_missing = 35,
  object_name = 36,
  medium_full = 37,
  medium_io = 38,
  capability_missing = 39,
  foreign_owner = 40,
  busy = 41,
  same_device = 42,
  space = 43,
  combination = 44,
  format = 50,
  format_version = 51,
  feature_unknown = 52,
  corrupt = 53,
  damage = 60,
  chain_broken = 61,
  chain_fork = 62,
  chain_rolled_back = 63,
  unanchored = 64,
  archive_unknown = 65,
  archive_ambiguous = 66,
  path_unknown = 67,
  base_unusable = 68,
  chain_moved = 69,
  time_zone = 70,
  time_before_first = 71,
  time_syntax = 72,
  time_beyond_head = 73,
  target_exists = 80,
  staging_exists = 81,
  path_escape = 82,
  not_restored = 83,
  torn_refused = 84,
  not_replayable = 85,
  staging_missing = 86,
  target_io = 87,
  plan_changed = 90,
  clock_suspect = 91,
  retention_floor = 92,
  statement = 93,
  evidence = 94,
  second_name = 95,
  sync_difference = 100,
  replica_strange = 101,
  replica_emptied = 102,
  state_folder = 110,
  interrupted = 111,
  callback_threw = 112,
  forked = 113,
  crypto = 115,
  limit = 116,
  config = 117,
  out_of_memory = 118,
  not_recorded = 119,
  stopped = 120,
  queue_full = 121,
  fenced = 122,
  diverged = 123,
  key_reused = 124,
  standby_lost = 125,
  undone = 126,
  not_adopted = 127,
  invariant = 128,
  peer_refused = 130,
  peer_lost = 131,
  holders = 132,
  journal_full = 140,
  record_value = 141,
  tail_cut = 142,
};

/// What an error means for the exit status of a program (docs/errors.md).
// clang-format off
enum class Outcome : std::uint8_t {
  done = 0, bad = 1, usage = 2, refused = 3, gaps = 4, unfinished = 5, interrupted = 130 };
// clang-format on

struct ErrorName {
  ErrorId id;
  std::string_view text;
  Outcome outcome;
};

inline constexpr ErrorName error_names[] = {
    {ErrorId::usage, "LB-USAGE", Outcome::usage},
    {ErrorId::source_missing, "LB-SOURCE-MISSING", Outcome::refused},
    {ErrorId::source_emptied, "LB-SOURCE-EMPTIED", Outcome::refused},
    {ErrorId::source_not_mounted, "LB-SOURCE-NOT-MOUNTED", Outcome::refused},
    {ErrorId::source_unreadable, "LB-SOURCE-UNREADABLE", Outcome::refused},
    {ErrorId::source_shrunken, "LB-SOURCE-SHRUNKEN", Outcome::gaps},
    {ErrorId::entry_unreadable, "LB-ENTRY-UNREADABLE", Outcome::gaps},
    {ErrorId::entry_torn, "LB-ENTRY-TORN", Outcome::gaps},
    {ErrorId::entry_vanished, "LB-ENTRY-VANISHED", Outcome::done},
    {ErrorId::entry_skipped, "LB-ENTRY-SKIPPED", Outcome::done},
    {ErrorId::freeze_failed, "LB-FREEZE-FAILED", Outcome::refused},
    {ErrorId::pattern, "LB-PATTERN", Outcome::usage},
    {ErrorId::source_id, "LB-SOURCE-ID", Outcome::usage},
    {ErrorId::source_unknown, "LB-SOURCE-UNKNOWN", Outcome::refused},
    {ErrorId::medium_missing, "LB-MEDIUM-MISSING", Outcome::refused},
    {ErrorId::medium_empty, "LB-MEDIUM-EMPTY", Outcome::refused},
    {ErrorId::medium_strange, "LB-MEDIUM-STRANGE", Outcome::refused},
    {ErrorId::object_exists, "LB-OBJECT-EXISTS", Outcome::refused},
    {ErrorId::object_missing, "LB-OBJECT-MISSING", Outcome::bad},
    {ErrorId::object_name, "LB-OBJECT-NAME", Outcome::refused},
    {ErrorId::medium_full, "LB-MEDIUM-FULL", Outcome::unfinished},
    {ErrorId::medium_io, "LB-MEDIUM-IO", Outcome::unfinished},
    {ErrorId::capability_missing, "LB-CAPABILITY-MISSING", Outcome::refused},
    {ErrorId::foreign_owner, "LB-FOREIGN-OWNER", Outcome::refused},
    {ErrorId::busy, "LB-BUSY", Outcome::refused},
    {ErrorId::same_device, "LB-SAME-DEVICE", Outcome::done},
    {ErrorId::space, "LB-SPACE", Outcome::refused},
    {ErrorId::combination, "LB-COMBINATION", Outcome::refused},
    {ErrorId::format, "LB-FORMAT", Outcome::refused},
    {ErrorId::format_version, "LB-FORMAT-VERSION", Outcome::refused},
    {ErrorId::feature_unknown, "LB-FEATURE-UNKNOWN", Outcome::refused},
    {ErrorId::corrupt, "LB-CORRUPT", Outcome::bad},
    {ErrorId::damage, "LB-DAMAGE", Outcome::bad},
    {ErrorId::chain_broken, "LB-CHAIN-BROKEN", Outcome::bad},
    {ErrorId::chain_fork, "LB-CHAIN-FORK", Outcome::refused},
    {ErrorId::chain_rolled_back, "LB-CHAIN-ROLLED-BACK", Outcome::bad},
    {ErrorId::unanchored, "LB-UNANCHORED", Outcome::done},
    {ErrorId::archive_unknown, "LB-ARCHIVE-UNKNOWN", Outcome::refused},
    {ErrorId::archive_ambiguous, "LB-ARCHIVE-AMBIGUOUS", Outcome::refused},
    {ErrorId::path_unknown, "LB-PATH-UNKNOWN", Outcome::refused},
    {ErrorId::base_unusable, "LB-BASE-UNUSABLE", Outcome::done},
    {ErrorId::chain_moved, "LB-CHAIN-MOVED", Outcome::unfinished},
    {ErrorId::time_zone, "LB-TIME-ZONE", Outcome::refused},
    {ErrorId::time_before_first, "LB-TIME-BEFORE-FIRST", Outcome::refused},
    {ErrorId::time_syntax, "LB-TIME-SYNTAX", Outcome::usage},
    {ErrorId::time_beyond_head, "LB-TIME-BEYOND-HEAD", Outcome::refused},
    {ErrorId::target_exists, "LB-TARGET-EXISTS", Outcome::refused},
    {ErrorId::staging_exists, "LB-STAGING-EXISTS", Outcome::refused},
    {ErrorId::path_escape, "LB-PATH-ESCAPE", Outcome::bad},
    {ErrorId::not_restored, "LB-NOT-RESTORED", Outcome::gaps},
    {ErrorId::torn_refused, "LB-TORN-REFUSED", Outcome::refused},
    {ErrorId::not_replayable, "LB-NOT-REPLAYABLE", Outcome::refused},
    {ErrorId::staging_missing, "LB-STAGING-MISSING", Outcome::refused},
    {ErrorId::target_io, "LB-TARGET-IO", Outcome::unfinished},
    {ErrorId::plan_changed, "LB-PLAN-CHANGED", Outcome::refused},
    {ErrorId::clock_suspect, "LB-CLOCK-SUSPECT", Outcome::refused},
    {ErrorId::retention_floor, "LB-RETENTION-FLOOR", Outcome::refused},
    {ErrorId::statement, "LB-STATEMENT", Outcome::refused},
    {ErrorId::evidence, "LB-EVIDENCE", Outcome::refused},
    {ErrorId::second_name, "LB-SECOND-NAME", Outcome::refused},
    {ErrorId::sync_difference, "LB-SYNC-DIFFERENCE", Outcome::bad},
    {ErrorId::replica_strange, "LB-REPLICA-STRANGE", Outcome::refused},
    {ErrorId::replica_emptied, "LB-REPLICA-EMPTIED", Outcome::refused},
    {ErrorId::state_folder, "LB-STATE-FOLDER", Outcome::refused},
    {ErrorId::interrupted, "LB-INTERRUPTED", Outcome::interrupted},
    {ErrorId::callback_threw, "LB-CALLBACK-THREW", Outcome::unfinished},
    {ErrorId::forked, "LB-FORKED", Outcome::refused},
    {ErrorId::crypto, "LB-CRYPTO", Outcome::refused},
    {ErrorId::limit, "LB-LIMIT", Outcome::refused},
    {ErrorId::config, "LB-CONFIG", Outcome::usage},
    {ErrorId::out_of_memory, "LB-OUT-OF-MEMORY", Outcome::unfinished},
    {ErrorId::not_recorded, "LB-NOT-RECORDED", Outcome::done},
    {ErrorId::stopped, "LB-STOPPED", Outcome::unfinished},
    {ErrorId::queue_full, "LB-QUEUE-FULL", Outcome::unfinished},
    {ErrorId::fenced, "LB-FENCED", Outcome::refused},
    {ErrorId::diverged, "LB-DIVERGED", Outcome::refused},
    {ErrorId::key_reused, "LB-KEY-REUSED", Outcome::refused},
    {ErrorId::standby_lost, "LB-STANDBY-LOST", Outcome::unfinished},
    {ErrorId::undone, "LB-UNDONE", Outcome::refused},
    {ErrorId::not_adopted, "LB-NOT-ADOPTED", Outcome::refused},
    {ErrorId::invariant, "LB-INVARIANT", Outcome::refused},
    {ErrorId::peer_refused, "LB-PEER-REFUSED", Outcome::refused},
    {ErrorId::peer_lost, "LB-PEER-LOST", Outcome::unfinished},
    {ErrorId::holders, "LB-HOLDERS", Outcome::refused},
    {ErrorId::journal_full, "LB-JOURNAL-FULL", Outcome::unfinished},
    {ErrorId::record_value, "LB-RECORD-VALUE", Outcome::refused},
    {ErrorId::tail_cut, "LB-TAIL-CUT", Outcome::done},
};

/// The stable text of an id, as messages print it ("LB-TIME-ZONE").
constexpr std::string_view to_string(ErrorId id) noexcept {
  for (const ErrorName& name : error_names)
    if (name.id == id) return name.text;
  return "LB-UNKNOWN";
}

/// What an error means for the exit status.
constexpr Outcome outcome_of(ErrorId id) noexcept {
  for (const ErrorName& name : error_names)
    if (name.id == id) return name.outcome;
  return Outcome::unfinished;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
