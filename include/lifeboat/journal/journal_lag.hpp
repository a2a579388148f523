// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <string>

#include <lifeboat/journal/seen_groups.hpp>
#include <lifeboat/record/money.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a journal has that a copy of it has not.
struct JournalLag {
  std::uint64_t groups = 0;
  std::map<Currency, MoneySum> sums;  ///< of the money of their records, by the schemas alone
  std::uint64_t unknown_records = 0;  ///< of those, of types that no schema describes
  Position upto;                      ///< the last of them; zeros where there is none
  Timestamp oldest;                   ///< when the first of them was appended
};

/// Adds the money of a group: of each record the first amount that may be told. False where a sum does not fit.
template <class = void>
[[nodiscard]] bool add_money_of(const SeenGroup& seen, std::map<Currency, MoneySum>& sums) {
  for (const SeenRecord& record : seen.records) {
    const auto& place = record.roles->money;
    if (!place || place->sensitive || !place->is_in(record.value)) continue;
    const Money money = place->of(record.value).inner().as_money();
    if (!sums.try_emplace(money.currency, MoneySum{money.currency, 0}).first->second.add(money)) return false;
  }
  return true;
}

/// Counts what is durable in a journal behind a position, also while it is written. Errors: object_missing, where the
/// journal keeps what comes right behind it no more; limit; those of the reader.
template <class = void>
Result<JournalLag> journal_lag(const std::string& folder, Position behind) {
  JournalLag lag;
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder, behind));
  SeenGroups groups;
  while (true) {
    LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
    if (!group) return lag;
    if (group->position <= behind) continue;
    if (lag.groups++ == 0) lag.oldest = group->time;
    lag.upto = group->position;
    LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, reader.header()));
    lag.unknown_records += seen.unknown;
    if (!add_money_of(seen, lag.sums))
      return Error{ErrorId::limit, "the sum of what lies behind " + to_text(behind) + " does not fit into 128 bits"};
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
