// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/seen_groups.hpp>
#include <lifeboat/record/invariant.hpp>

// Invariants over a journal: one walk for all of them.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Shows each group to all invariants, from where the reader stands to `to`, or to the last that is durable. Records
/// whose type no schema describes are counted as not covered. Errors: the reader's, corrupt, the invariants' own.
template <class = void>
Result<std::vector<InvariantReport>> run_invariants(JournalReader& reader, std::span<InvariantPort* const> invariants,
                                                    std::optional<Position> to = {}) {
  SeenGroups groups;
  while (true) {
    LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
    if (!group || (to && group->position > *to)) break;
    LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, reader.header()));
    for (InvariantPort* invariant : invariants) LIFEBOAT_CHECK(invariant->see(seen));
  }
  std::vector<InvariantReport> reports;
  for (InvariantPort* invariant : invariants) {
    LIFEBOAT_TRY(InvariantReport report, invariant->finish());
    reports.push_back(std::move(report));
  }
  return reports;
}

/// The same for models: `run_invariants(reader, debits, keys, mine)`.
template <Invariant... I>
Result<std::vector<InvariantReport>> run_invariants(JournalReader& reader, I&... models) {
  std::tuple<InvariantAdapter<I>...> adapters{InvariantAdapter<I>(models)...};
  return std::apply(
      [&](auto&... adapter) {
        InvariantPort* const ports[] = {&adapter...};
        return run_invariants(reader, std::span<InvariantPort* const>(ports));
      },
      adapters);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
