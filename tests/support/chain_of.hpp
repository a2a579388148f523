// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/chain_view.hpp>

#include <string_view>
#include <vector>

// Chains as a test writes them down.
namespace chains {

inline lifeboat::ArchiveId id_of(std::uint64_t number) {
  lifeboat::ArchiveId id;
  lifeboat::store_le(id.bytes.data(), number);
  return id;
}

/// "F i i F i": F is a full, i builds on the archive before, d on the latest full. A letter may be followed by
/// `!` lost, `s` shrunken, `S` shrunken and accepted. Archives are numbered from 1; one hour lies between them, each
/// on a boot of its own, and each stores 100 bytes.
inline std::vector<lifeboat::ArchiveRecord> chain_of(std::string_view text) {
  std::vector<lifeboat::ArchiveRecord> archives;
  std::size_t full = 0;
  for (const char c : text) {
    if (c == '!') archives.back().lost = true;
    if (c == 's' || c == 'S') archives.back().facts.flags |= lifeboat::backup_flag::shrunken;
    if (c == 'S') archives.back().shrunken_accepted = true;
    if (c != 'F' && c != 'i' && c != 'd') continue;
    lifeboat::ArchiveRecord record;
    const std::uint64_t number = archives.size() + 1;
    record.facts.archive = id_of(number);
    record.generation = number;
    record.facts.stored_bytes = 100;
    record.clock.wall.seconds = 1'000'000 + static_cast<std::int64_t>(number) * 3600;
    record.clock.boot_id = id_of(number);
    record.facts.cut_ended = record.clock.wall;
    if (c == 'F') full = archives.size();
    record.facts.window = c == 'F' ? record.facts.archive : archives[full].facts.archive;
    if (c != 'F') {
      const lifeboat::ArchiveRecord& base = c == 'd' ? archives[full] : archives.back();
      record.facts.strategy = c == 'd' ? lifeboat::StrategyId::differential : lifeboat::StrategyId::incremental;
      record.facts.has_base = true;
      record.facts.base = base.facts.archive;
      record.facts.refers_to = base.facts.refers_to;
      record.facts.refers_to.push_back(base.facts.archive);
    }
    archives.push_back(record);
  }
  return archives;
}

/// The number of an archive that `chain_of` made; 0 for none.
inline std::uint64_t number_of(const std::optional<lifeboat::ArchiveId>& id) {
  return id ? lifeboat::load_le<std::uint64_t>(id->bytes.data()) : 0;
}

}  // namespace chains
