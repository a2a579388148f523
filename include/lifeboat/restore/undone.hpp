// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/json_text.hpp>
#include <lifeboat/restore/journal_tail.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// One record as a line: what every list of payments has, and the record as people read it.
template <class = void>
std::string undone_line(const SeenGroup& group, const SeenRecord& record) {
  std::string line = "{\"position\":\"" + to_text(group.position) + "\",\"time\":\"" +
                     utc_text(group.time, Fraction::nanoseconds) + "\"";
  const RoleFields& roles = *record.roles;
  const auto has = [&](const std::optional<PlacedField>& field) {
    return field && !field->sensitive && field->is_in(record.value);
  };
  if (has(roles.key)) append_json(line.append(",\"key\":"), roles.key->of(record.value).inner().as_text_view());
  if (has(roles.money)) {
    const std::string money = to_text(roles.money->of(record.value).inner().as_money());
    const std::size_t space = money.find(' ');
    line.append(",\"amount\":\"").append(money.substr(0, space));
    line.append("\",\"currency\":\"").append(money.substr(space + 1)).append("\"");
  }
  append_json(line.append(",\"state\":\"undone\",\"type\":"), record.schema->title());
  append_json(line.append(",\"record\":"), value_text(record.value));
  return line.append("}\n");
}

}  // namespace detail

/// Writes down what lies behind the point of a restore: a line of JSON for each record, in order. Written anew each
/// time, and durable when it returns. Errors: target_io, and those of reading the journal.
template <class = void>
Status write_undone(MediumPort& medium, const std::string& source, const JournalTail& tail, const std::string& path,
                    const std::stop_token& stop) {
  const auto failed = [&](int error) {
    return Error{ErrorId::target_io, path + ", the list of what is undone, can not be written"}.because(error);
  };
  auto file = open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!file) return failed(file.error);
  std::uint64_t at = 0;
  std::string lines;
  const auto flush = [&] {
    const int error = pwrite_full(file.value.get(), at, as_bytes(lines));
    at += lines.size();
    lines.clear();
    return error;
  };
  LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, tail.history, tail.upto));
  SeenGroups groups;
  while (true) {
    if (stop.stop_requested()) return Error{ErrorId::interrupted, "the restore was stopped"};
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) break;
    BatchGroups walk(*batch);
    while (const auto group = walk.next()) {
      if (group->position <= tail.upto) continue;
      LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, reader.header()));
      for (const SeenRecord& record : seen.records) lines.append(detail::undone_line(seen, record));
      if (seen.unknown != 0)
        lines.append("{\"position\":\"" + to_text(seen.position) +
                     "\",\"state\":\"undone\",\"unknown_records\":" + std::to_string(seen.unknown) + "}\n");
    }
    if (lines.size() > (256U << 10U))
      if (const int error = flush()) return failed(error);
  }
  int error = flush();
  if (error == 0) error = sync_file(file.value.get());
  return error == 0 ? ok() : Status(failed(error));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
