// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include <lifeboat/core/port.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/time_text.hpp>

// The journal on a medium: pieces, each a whole segment under a name that says what it holds (docs/journal.md,
// section 6).
namespace lifeboat::inline LIFEBOAT_ABI {

/// The groups of one epoch behind `after`, up to `last`.
struct JournalPiece {
  std::uint64_t epoch = 0;
  std::uint64_t after = 0;
  std::uint64_t last = 0;
  std::uint64_t length = 0;
  std::uint64_t upto = 0;  ///< what counts of it: what lies behind was undone by a later epoch
};

template <class = void>
std::string piece_prefix(std::string_view source) {
  return "journal/" + std::string(source) + "/";
}
template <class = void>
ObjectName piece_name(std::string_view source, const JournalPiece& piece) {
  std::string name = piece_prefix(source);
  detail::append_padded(name, piece.epoch, 10);
  detail::append_padded(name.append("-"), piece.after, 20);
  detail::append_padded(name.append("-"), piece.last, 20);
  return name;
}

/// What an object of that name holds; none where it is no piece.
template <class = void>
std::optional<JournalPiece> piece_of(std::string_view source, const ObjectInfo& info) {
  const std::string prefix = piece_prefix(source);
  const std::string_view name = info.name;
  if (name.size() != prefix.size() + 52 || !name.starts_with(prefix)) return std::nullopt;
  JournalPiece piece;
  const std::pair<std::uint64_t*, std::size_t> fields[] = {{&piece.epoch, 10}, {&piece.after, 20}, {&piece.last, 20}};
  const char* at = name.data() + prefix.size();
  for (const auto& [number, digits] : fields) {
    if (number != &piece.epoch && *at++ != '-') return std::nullopt;
    const auto [end, error] = std::from_chars(at, at + digits, *number);
    if (error != std::errc() || end != at + digits) return std::nullopt;
    at = end;
  }
  if (piece.last <= piece.after || piece.epoch == 0) return std::nullopt;
  piece.length = info.length;
  piece.upto = piece.last;
  return piece;
}

/// What counts of the pieces of a source, oldest first, without a gap.
struct JournalHistory {
  std::vector<JournalPiece> pieces;
  std::vector<JournalPiece> undone;  ///< whole pieces that a later epoch left behind: evidence, never history

  [[nodiscard]] Position last() const noexcept {
    return pieces.empty() ? Position{} : Position{pieces.back().epoch, pieces.back().upto};
  }
  [[nodiscard]] bool empty() const noexcept { return pieces.empty(); }
  /// Whether the groups up to `position` are history, as an archive states them.
  [[nodiscard]] bool holds(Position position) const noexcept {
    return std::any_of(pieces.begin(), pieces.end(), [&](const JournalPiece& piece) {
      return piece.epoch == position.epoch && position.sequence >= piece.after && position.sequence <= piece.upto;
    });
  }
};

/// Puts pieces in order and proves that they follow each other. An epoch goes on where the one before it was left:
/// what that one has behind it is undone. Errors: chain_fork, where two pieces of an epoch hold the same groups;
/// object_missing, where groups are missing between two, named with both.
template <class = void>
Result<JournalHistory> journal_history(std::string_view source, std::vector<JournalPiece> pieces) {
  std::sort(pieces.begin(), pieces.end(), [](const JournalPiece& a, const JournalPiece& b) {
    return std::pair(a.epoch, a.after) < std::pair(b.epoch, b.after);
  });
  JournalHistory history;
  // From the newest back: where an epoch begins is where the older ones end.
  std::uint64_t limit = ~std::uint64_t{0};
  for (std::size_t i = pieces.size(); i-- > 0;) {
    JournalPiece piece = pieces[i];
    const bool newer_epoch_follows = i + 1 < pieces.size() && pieces[i + 1].epoch != piece.epoch;
    if (newer_epoch_follows) limit = std::min(limit, pieces[i + 1].after);
    piece.upto = std::min(piece.last, limit);
    (piece.after < limit ? history.pieces : history.undone).push_back(piece);
  }
  std::reverse(history.pieces.begin(), history.pieces.end());
  std::reverse(history.undone.begin(), history.undone.end());
  for (std::size_t i = 1; i < history.pieces.size(); ++i) {
    const JournalPiece& before = history.pieces[i - 1];
    const JournalPiece& piece = history.pieces[i];
    if (piece.after < before.upto)
      return Error{ErrorId::chain_fork, "two pieces of the journal of " + std::string(source) +
                                            " hold the same groups: " + piece_name(source, before) + " and " +
                                            piece_name(source, piece)}
          .unchanged();
    if (piece.after > before.upto)
      return Error{ErrorId::object_missing, "the journal of " + std::string(source) + " lacks the groups behind " +
                                                to_text(Position{before.epoch, before.upto}) + " up to " +
                                                to_text(Position{piece.epoch, piece.after})}
          .unchanged();
  }
  return history;
}

/// Lists what a medium has of the journal of a source. Errors: those of the medium, and of journal_history.
template <class = void>
Result<JournalHistory> list_journal(MediumPort& medium, std::string_view source) {
  std::vector<JournalPiece> pieces;
  LIFEBOAT_CHECK(medium.list(piece_prefix(source), "", [&](const ObjectInfo& info) {
    if (const auto piece = piece_of(source, info)) pieces.push_back(*piece);
    return true;
  }));
  return journal_history(source, std::move(pieces));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
