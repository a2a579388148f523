// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <lifeboat/archive/names.hpp>
#include <lifeboat/archive/object.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/source/tree.hpp>

// The entries of a source's chain (docs/format.md, "The chain"). Publishing one is the commit of what it says.
namespace lifeboat::inline LIFEBOAT_ABI {

enum class EntryKind : std::uint16_t {
  backup = 1,
  prune = 2,
  epoch = 3,
  verify = 4,
  drill = 5,
  restore = 6,
  extract = 7,
  reconcile = 8,
  lost = 9,
  hold = 10,
  degrade = 11,
  accept = 12,
  checkpoint = 13,
};

enum class StrategyId : std::uint8_t { full = 1, incremental = 2, differential = 3 };

constexpr std::string_view to_string(StrategyId id) noexcept {
  return id == StrategyId::full ? "full" : id == StrategyId::incremental ? "incremental" : "differential";
}

/// How deep a verification looked; each depth includes those before it.
enum class Depth : std::uint8_t { catalog = 1, seals = 2, digests = 3, restore = 4 };

namespace backup_flag {
inline constexpr std::uint32_t shrunken = 1;       ///< the source had lost more than half of its entries or bytes
inline constexpr std::uint32_t full_for_want = 2;  ///< a full was taken because the base could not serve
inline constexpr std::uint32_t root_is_mount = 4;  ///< the source's root was a mount point
}  // namespace backup_flag

/// What a backup entry says of its archive.
struct BackupFacts {
  ArchiveId archive;
  StrategyId strategy = StrategyId::full;
  bool has_base = false;
  ArchiveId base;
  ArchiveId window;  ///< the full that begins the recovery window
  std::uint16_t verifier = 0;
  std::uint64_t manifest_length = 0;
  Digest manifest_digest;
  std::uint64_t stream_length = 0;
  std::uint64_t volume_length = 0;
  CutKind cut = CutKind::per_file;
  bool has_position = false;
  Position position;
  std::uint64_t entries = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t torn = 0;
  std::uint64_t unreadable = 0;
  std::uint32_t flags = 0;
  std::uint64_t duration_ns = 0;
  Timestamp cut_began;
  Timestamp cut_ended;  ///< the archive's time
  std::vector<ArchiveId> refers_to;
  Digest seal_digest;
  std::uint64_t read_bytes = 0;

  [[nodiscard]] std::uint64_t volumes() const noexcept {
    return volume_length == 0 ? 0 : volume_count(stream_length, volume_length);
  }
};

struct PruneFacts {
  Digest plan;
  std::vector<ArchiveId> goes;
  std::vector<ArchiveId> stays;
  std::uint64_t grace_seconds = 0;
  std::vector<std::uint64_t> clocks_accepted;  ///< generations
};

struct VerifyFacts {
  Depth depth = Depth::digests;
  std::vector<ArchiveId> complete;
  bool has_cursor = false;
  ArchiveId cursor_archive;
  std::uint64_t cursor_offset = 0;
  Position journal_cursor;  ///< a budget ended behind the piece of the journal that ends here; zeros: none did
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unread = 0;
  std::uint64_t findings = 0;
  std::vector<std::string> finding_texts;
};

struct LostFacts {
  ArchiveId archive;
  std::vector<std::string> objects;
};

/// A copy goes live: what an older epoch has behind `after` is evidence, never history.
struct EpochFacts {
  Position after;           ///< the last group that counts; zeros where the source has no journal
  std::uint64_t first = 0;  ///< sequence of the new epoch's first group
};

/// A part of an archive, or of a journal, was brought out, for looking.
struct ExtractFacts {
  std::string scope;        ///< a line for each condition that chose it
  ArchiveId archive;        ///< zeros where it is of a journal alone
  Position upto;            ///< the last group that was looked at; zeros where no journal was
  std::uint64_t items = 0;  ///< entries of an archive, or records
};

enum class Accepted : std::uint8_t { clock = 1, shrunken = 2 };
struct AcceptFacts {
  std::vector<ArchiveId> archives;
  Accepted what = Accepted::clock;
};

struct ChainEntry {
  Id repository;
  std::string source;
  std::uint64_t epoch = 1;
  std::uint64_t generation = 1;
  Digest previous;
  EntryKind kind = EntryKind::backup;
  ClockReading clock;
  std::string actor;
  std::string host;
  std::string program;
  Digest configuration;
  std::string reason;
  std::string ticket;
  std::string second;
  BackupFacts backup;
  PruneFacts prune;
  VerifyFacts verify;
  LostFacts lost;
  AcceptFacts accept;
  EpochFacts begins;
  ExtractFacts extract;
  Digest digest;  ///< of the entry as stored; filled in by encode and decode
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
