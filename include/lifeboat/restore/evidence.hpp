// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <vector>

#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/journal/seen_groups.hpp>
#include <lifeboat/record/role_fields.hpp>
#include <lifeboat/restore/statement.hpp>

// What a medium has of epochs that others went on without: it was acknowledged once, and no history holds it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Payments that are left behind.
struct UndonePayments {
  std::vector<StatementLine> lines;
  std::uint64_t unknown = 0;  ///< groups that are damaged and records that no schema describes: nobody knows their keys
};

/// Reads what no history holds of the groups behind `after`. Memory: the lines. Errors: corrupt, damage, and those of
/// the medium.
template <class = void>
Result<UndonePayments> evidence_behind(MediumPort& medium, const std::string& source, const JournalHistory& history,
                                       Position after) {
  UndonePayments found;
  const auto read = [&](JournalPiece piece, std::uint64_t behind) -> Status {
    piece.upto = piece.last;
    if (piece.last <= behind || Position{piece.epoch, piece.last} <= after) return ok();
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, JournalHistory::of(piece)));
    SeenGroups groups;
    while (true) {
      const auto next = reader.next_batch();
      if (!next && detail::is_lost_piece(next.error().id())) {
        found.unknown += piece.last - std::min(piece.last, reader.given());
        return ok();
      }
      if (!next) return next.error();
      const JournalBatch* const batch = *next;
      if (batch == nullptr) return ok();
      BatchGroups walk(*batch);
      while (const auto group = walk.next()) {
        if (group->position <= after || group->position.sequence <= behind) continue;
        LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, reader.header()));
        found.unknown += seen.unknown;
        for (const SeenRecord& record : seen.records) {
          const RoleFields& roles = *record.roles;
          if (!roles.key || roles.key->sensitive || !roles.key->is_in(record.value)) continue;
          StatementLine line{std::string(roles.key->of(record.value).inner().as_text_view())};
          line.position = seen.position;
          line.time = seen.time;
          if (roles.money && !roles.money->sensitive && roles.money->is_in(record.value))
            line.amount = roles.money->of(record.value).inner().as_money();
          if (!line.key.empty()) found.lines.push_back(std::move(line));
        }
      }
    }
  };
  for (const JournalPiece& piece : history.pieces) LIFEBOAT_CHECK(read(piece, piece.upto));
  for (const JournalPiece& piece : history.undone) LIFEBOAT_CHECK(read(piece, 0));
  return found;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
