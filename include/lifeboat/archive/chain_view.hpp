// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <span>

#include <lifeboat/archive/chain_entry.hpp>

// A source's archives as the chain tells of them: what strategies, retention and plans decide on.
namespace lifeboat::inline LIFEBOAT_ABI {

/// One archive that exists: committed, and not pruned.
struct ArchiveRecord {
  BackupFacts facts;
  std::uint64_t epoch = 1;
  std::uint64_t generation = 1;
  ClockReading clock;
  Digest entry_digest;
  std::string actor;
  std::string host;
  std::string program;
  std::string reason;
  bool lost = false;               ///< an entry says that objects of it were found missing
  bool clock_accepted = false;     ///< its clock was suspect and was accepted by name
  bool shrunken_accepted = false;  ///< its shrunken source was accepted by name
  std::optional<Depth> verified;   ///< the deepest verification that covered it whole with no finding
  Timestamp verified_at;
};

/// The archives of one source, oldest first.
struct ChainView {
  std::span<const ArchiveRecord> archives;

  [[nodiscard]] const ArchiveRecord* find(const ArchiveId& id) const noexcept {
    for (const ArchiveRecord& record : archives)
      if (record.facts.archive == id) return &record;
    return nullptr;
  }
  [[nodiscard]] const ArchiveRecord* latest() const noexcept { return archives.empty() ? nullptr : &archives.back(); }
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
