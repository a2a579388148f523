// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/strategy/strategy.hpp>
#include <lifeboat/strategy/window.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Builds on the latest archive: the least to store. A restore reads each byte once, however long the chain.
///
/// Passed over are archives that are lost, and one of a source that had shrunk while an older one serves: what was
/// missing then and is back now is still stored there.
struct Incremental {
  struct Config {};
  static constexpr std::string_view name = "incremental";
  static constexpr StrategyId id = StrategyId::incremental;

  static constexpr std::optional<ArchiveId> base(const ChainView& chain, const Limits& limits) noexcept {
    if (full_due(chain, limits) != FullDue::no) return std::nullopt;
    const ArchiveId window = newest_full(chain)->facts.archive;
    const ArchiveRecord* shrunken = nullptr;
    for (std::size_t i = chain.archives.size(); i-- > 0;) {
      const ArchiveRecord& record = chain.archives[i];
      if (record.facts.window != window || (shrunken != nullptr && is_shrunken(record))) continue;
      if (!can_be_built_on(chain, record)) continue;
      if (!is_shrunken(record)) return record.facts.archive;
      shrunken = &record;
    }
    if (shrunken == nullptr) return std::nullopt;
    return shrunken->facts.archive;
  }
};

static_assert(Strategy<Incremental>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
