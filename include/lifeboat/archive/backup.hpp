// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stop_token>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/core/environment.hpp>
#include <lifeboat/core/event.hpp>

// What taking an archive needs and gives; the work is in archive_writer.hpp.
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::uint64_t volume_length_default = 4ULL << 30U;

/// Everything that a backup is given. References outlive it.
struct BackupInput {
  const Repository* repository = nullptr;
  Catalog* catalog = nullptr;  ///< as loaded; brought up to date where another writer came between
  const VerifierPort* verifier = nullptr;
  const ClockPort* clock = nullptr;
  RandomPort* random = nullptr;
  Budgets budgets;
  LogSink log;
  std::stop_token stop;
  std::string spool_folder;  ///< for what does not fit into memory
  StrategyId strategy = StrategyId::full;
  const ArchiveRecord* base = nullptr;  ///< null: a full
  std::string want_of_base;             ///< where a full is taken because there is no usable base: why
  bool times_prove = false;             ///< the file system's times move with every store (ext4, XFS, btrfs)
  bool root_is_mount = false;
  bool accept_emptied = false;  ///< an empty source is meant
  Timestamp cut_began;
  std::uint64_t volume_length = volume_length_default;
  std::vector<std::string> rules;  ///< for people
  std::vector<Bytes> schemas;      ///< of the record types that the source names
  // Of the chain entry.
  std::string actor;
  std::string host;
  std::string reason;
  std::string ticket;
  Digest configuration;
};

/// Something in the tree that was not taken as it should be.
struct Gap {
  ErrorId id{};
  std::string path;
  std::string text;
};

/// What a backup did.
struct BackupReport {
  ArchiveRecord record;
  bool base_refused = false;  ///< a full was taken where an increment was asked for: `want_of_base` says why
  std::string want_of_base;
  std::uint64_t reused_bytes = 0;  ///< content that the base already had
  std::uint64_t read_bytes = 0;
  std::uint64_t changed_entries = 0;  ///< new or changed against the base
  std::uint64_t removed_entries = 0;
  std::uint64_t skipped = 0;  ///< sockets, other mounts
  std::vector<Gap> gaps;      ///< torn and unreadable entries, at most `gaps_max` of them
  std::uint64_t gap_count = 0;
  bool shrunken = false;
  static constexpr std::size_t gaps_max = 1000;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
