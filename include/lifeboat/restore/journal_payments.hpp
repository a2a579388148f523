// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <stop_token>

#include <lifeboat/journal/seen_groups.hpp>
#include <lifeboat/restore/statement.hpp>

// The payments of a journal, known by the schemas that its segments hold.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A record as a line of a statement; none where its type has no key that may be told.
template <class = void>
std::optional<StatementLine> payment_of(const SeenGroup& group, const SeenRecord& record) {
  const auto& key = record.roles->key;
  const auto& money = record.roles->money;
  if (!key || key->sensitive || !key->is_in(record.value)) return std::nullopt;
  StatementLine line{std::string(key->of(record.value).inner().as_text_view()), group.position, group.time};
  if (line.key.empty()) return std::nullopt;
  if (money && !money->sensitive && money->is_in(record.value))
    line.amount = money->of(record.value).inner().as_money();
  return line;
}

/// Calls for each record with a key, in order, also while the journal is written; the position of the oldest group that
/// is kept. Errors: object_missing, corrupt, medium_io, interrupted; what `each` answers.
template <class = void>
Result<Position> each_payment(const std::string& journal, const std::stop_token& stop,
                              FunctionRef<Status(const StatementLine&)> each) {
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(journal));
  const Position first{reader.header().epoch, reader.header().first};
  SeenGroups groups;
  while (true) {
    if (stop.stop_requested()) return Error{ErrorId::interrupted, "the reading of " + journal + " was stopped"};
    LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
    if (!group) return first;
    LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, reader.header()));
    for (const SeenRecord& record : seen.records)
      if (const auto line = payment_of(seen, record)) LIFEBOAT_CHECK(each(*line));
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
