// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/strategy/strategy.hpp>
#include <lifeboat/strategy/window.hpp>
#include <lifeboat/testing/laws/laws.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// The laws of a Strategy (strategy/strategy.hpp), run on chains that grow by its own answers, by fulls and by losses.
template <Strategy S>
class StrategyLaws {
 public:
  static Laws run(typename S::Config config = {}) {
    auto opened = open_strategy<S>(std::move(config));
    Laws laws("strategy " + std::string(S::name));
    if (!laws.succeeds("open", opened)) return laws;
    StrategyLaws run(std::move(*opened), std::move(laws));
    run.no_archives();
    for (std::uint64_t seed = 1; seed <= rounds_; ++seed) run.grown(seed);
    run.chains_end();
    return std::move(run.laws_);
  }

 private:
  static constexpr std::uint64_t rounds_ = 60;

  StrategyLaws(S strategy, Laws laws) : strategy_(std::move(strategy)), laws_(std::move(laws)) {}

  void no_archives() { laws_.check("no archives, no base", !strategy_.base({}, {}).has_value()); }

  void grown(std::uint64_t seed) {
    std::vector<ArchiveRecord> archives;
    Bytes random = patterned(4 * 40, seed);
    Limits limits{.longest_chain = 4 + std::to_integer<std::uint32_t>(random[0]) % 8, .increments_ignored = 1000};
    for (std::size_t i = 0; i < 40; ++i) {
      const ChainView chain{archives};
      const auto base = strategy_.base(chain, limits);
      judge(chain, limits, base, "seed " + std::to_string(seed) + ", archive " + std::to_string(i));
      const bool full = std::to_integer<unsigned>(random[4 * i + 1]) < 20;
      add(archives, full ? std::nullopt : base, std::to_integer<std::uint64_t>(random[4 * i + 2]) * 10);
      if (std::to_integer<unsigned>(random[4 * i + 3]) < 20) archives[i / 2].lost = true;
      if (std::to_integer<unsigned>(random[4 * i + 3]) > 235) archives.back().facts.flags = backup_flag::shrunken;
    }
  }

  void judge(const ChainView& chain, const Limits& limits, const std::optional<ArchiveId>& base,
             const std::string& text) {
    laws_.check("the same chain has the same base", strategy_.base(chain, limits) == base, text);
    const ChainView same{chain.archives};
    laws_.check("the same chain has the same base", strategy_.base(same, limits) == base, text + ", another view");
    if (!base) return;
    const ArchiveRecord* record = chain.find(*base);
    laws_.check("a base is an archive of the chain", record != nullptr, text);
    laws_.check("full never has a base", strategy_id(strategy_) != StrategyId::full, text);
    laws_.check("no base where a limit is reached", full_due(chain, limits) == FullDue::no, text);
    if (record == nullptr) return;
    laws_.check("a base is not lost, nor what it refers to", can_be_built_on(chain, *record), text);
    const ArchiveRecord* full = newest_full(chain);
    laws_.check("a base is in the newest window", full != nullptr && record->facts.window == full->facts.archive, text);
  }

  /// Takes every backup as the strategy says: each window ends, whatever the limit is.
  void chains_end() {
    for (const std::uint32_t longest : {1U, 2U, 3U, 10U}) {
      std::vector<ArchiveRecord> archives;
      std::uint32_t length = 0;
      for (int i = 0; i < 40; ++i) {
        const auto base = strategy_.base({archives}, {.longest_chain = longest});
        length = base ? length + 1 : 1;
        laws_.check("no chain grows without end", length <= longest, "limit " + std::to_string(longest));
        add(archives, base, 1);
      }
    }
  }

  static void add(std::vector<ArchiveRecord>& archives, const std::optional<ArchiveId>& base, std::uint64_t stored) {
    ArchiveRecord record;
    const ChainView chain{archives};
    store_le(record.facts.archive.bytes.data(), static_cast<std::uint64_t>(archives.size() + 1));
    record.generation = archives.size() + 1;
    record.facts.window = record.facts.archive;
    record.facts.stored_bytes = stored + 1;
    const ArchiveRecord* built_on = base ? chain.find(*base) : nullptr;
    if (built_on != nullptr) {
      record.facts.has_base = true;
      record.facts.base = *base;
      record.facts.window = built_on->facts.window;
      record.facts.strategy = StrategyId::incremental;
      record.facts.refers_to = built_on->facts.refers_to;
      record.facts.refers_to.push_back(*base);
    }
    archives.push_back(std::move(record));
  }

  S strategy_;
  Laws laws_;
};

/// Runs the laws of a Strategy: `REQUIRE(strategy_laws<Mine>().all_hold())`.
template <Strategy S>
Laws strategy_laws(typename S::Config config = {}) {
  return StrategyLaws<S>::run(std::move(config));
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
