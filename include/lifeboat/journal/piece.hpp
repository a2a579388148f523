// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include <lifeboat/archive/epochs.hpp>
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

/// Groups that a medium should have between two pieces, and has not.
struct JournalGap {
  Position after;            ///< the last group before it
  Position upto;             ///< the last group that is missing
  std::uint64_t groups = 0;  ///< at most so many
};

namespace detail {

/// What of an epoch is history, going down from the newest.
struct HistoryEnd {
  std::uint64_t epoch = ~std::uint64_t{0};  ///< no group of a higher one
  std::uint64_t limit = ~std::uint64_t{0};  ///< no group behind this sequence

  /// An epoch that is history begins: what lies between it and the group that it goes on behind was left.
  void pass(const EpochBegin& begin) noexcept {
    if (begin.epoch > epoch) return;
    epoch = begin.known ? std::min(begin.after.epoch, begin.epoch - 1) : begin.epoch - 1;
    if (begin.known) limit = std::min(limit, begin.after.sequence);
  }
  [[nodiscard]] bool holds(Position position) const noexcept {
    return position.epoch <= epoch && position.sequence <= limit;
  }
};

}  // namespace detail

/// What counts of the pieces of a source, oldest first.
struct JournalHistory {
  std::vector<JournalPiece> pieces;
  std::vector<JournalPiece> undone;  ///< whole pieces that a later epoch left behind: evidence, never history
  std::vector<JournalGap> gaps;      ///< between the pieces
  std::vector<EpochBegin> begun;     ///< the epochs that the chain of the source has

  /// Of one piece alone.
  static JournalHistory of(const JournalPiece& piece) { return {{piece}, {}, {}, {}}; }

  [[nodiscard]] Position last() const noexcept {
    return pieces.empty() ? Position{} : Position{pieces.back().epoch, pieces.back().upto};
  }
  /// The last group that any piece has, whether it counts or not.
  [[nodiscard]] Position last_of_any() const noexcept {
    Position last{};
    for (const std::vector<JournalPiece>* some : {&pieces, &undone})
      for (const JournalPiece& piece : *some) last = std::max(last, Position{piece.epoch, piece.last});
    return last;
  }
  [[nodiscard]] bool empty() const noexcept { return pieces.empty(); }
  /// Whether the groups up to `position` are history, as an archive states them.
  [[nodiscard]] bool holds(Position position) const noexcept {
    return std::any_of(pieces.begin(), pieces.end(), [&](const JournalPiece& piece) {
      return piece.epoch == position.epoch && position.sequence >= piece.after && position.sequence <= piece.upto;
    });
  }
  /// The highest epoch that was claimed, whether or not it has groups here; 0 where there is none.
  [[nodiscard]] std::uint64_t epoch() const noexcept {
    std::uint64_t highest = begun.empty() ? 0 : begun.back().epoch;
    for (const JournalPiece& piece : pieces) highest = std::max(highest, piece.epoch);
    return highest;
  }
  /// The highest sequence that any group has which was ever here, or would have had: none up to it is given again.
  [[nodiscard]] std::uint64_t highest() const noexcept {
    std::uint64_t last = 0;
    for (const JournalPiece& piece : pieces) last = std::max(last, piece.last);
    for (const JournalPiece& piece : undone) last = std::max(last, piece.last);
    for (const EpochBegin& begin : begun)
      last = std::max({last, begin.first - (begin.first != 0), begin.after.sequence});
    return last;
  }
  /// An epoch of which neither the chain nor a piece says where it goes on: nobody knows what it left. 0: none.
  [[nodiscard]] std::uint64_t unproven() const noexcept {
    for (const EpochBegin& begin : begun)
      if (!begin.known && begin.epoch > last().epoch) return begin.epoch;
    return 0;
  }
  /// Which epoch went on without the groups up to `position`; 0: they are history, or nobody knows of them.
  [[nodiscard]] std::uint64_t left_by(Position position) const {
    std::vector<EpochBegin> all;
    for (const JournalPiece& piece : pieces)
      if (all.empty() || all.back().epoch != piece.epoch)
        all.push_back({piece.epoch, true, {piece.epoch - 1, piece.after}, 0});
    for (const EpochBegin& begin : begun)
      if (begin.known) {
        std::erase_if(all, [&](const EpochBegin& other) { return other.epoch == begin.epoch; });
        all.push_back(begin);
      }
    std::sort(all.begin(), all.end(), [](const EpochBegin& a, const EpochBegin& b) { return a.epoch > b.epoch; });
    detail::HistoryEnd end;
    for (const EpochBegin& begin : all) {
      if (begin.epoch <= position.epoch) break;
      end.pass(begin);
      if (!end.holds(position)) return begin.epoch;
    }
    return 0;
  }
  /// The first gap in the groups behind `after` up to `upto`; null where there is none.
  [[nodiscard]] const JournalGap* gap_between(Position after, Position upto) const noexcept {
    for (const JournalGap& gap : gaps)
      if (gap.upto > after && gap.after < upto) return &gap;
    return nullptr;
  }
};

/// That a history lacks what something needs.
template <class = void>
Error missing_groups(std::string_view source, const JournalGap& gap) {
  return Error{ErrorId::object_missing, "the medium lacks the groups behind " + to_text(gap.after) + " up to " +
                                            to_text(gap.upto) + " of the journal of " + std::string(source)};
}

namespace detail {

/// At most so many groups lie behind `after` up to `upto`: an epoch may begin further on than the one before it ends.
template <class = void>
std::uint64_t groups_between(const std::vector<EpochBegin>& begun, Position after, Position upto) {
  for (const EpochBegin& begin : begun)
    if (begin.epoch == upto.epoch && begin.known && after.epoch < upto.epoch && begin.first > upto.sequence)
      return begin.after.sequence > after.sequence ? begin.after.sequence - after.sequence : 0;
    else if (begin.epoch == upto.epoch && begin.known && after.sequence < begin.first) {
      const std::uint64_t before = begin.after.sequence > after.sequence ? begin.after.sequence - after.sequence : 0;
      return before + (upto.sequence - begin.first + 1);
    }
  return upto.sequence > after.sequence ? upto.sequence - after.sequence : 0;
}

}  // namespace detail

/// Puts pieces in order, and says what is missing between them. An epoch goes on where the one before it was left:
/// where its entry in the chain says, or else where its first piece says. What an older one has behind that is undone,
/// whether or not the later one has a piece here. Errors: chain_fork, where two pieces of an epoch hold the same
/// groups.
template <class = void>
Result<JournalHistory> journal_history(std::string_view source, std::vector<JournalPiece> pieces,
                                       std::vector<EpochBegin> begun = {}) {
  std::sort(pieces.begin(), pieces.end(), [](const JournalPiece& a, const JournalPiece& b) {
    return std::pair(a.epoch, a.after) < std::pair(b.epoch, b.after);
  });
  JournalHistory history;
  // From the newest back: where an epoch begins is where the older ones end.
  detail::HistoryEnd end;
  std::size_t begin = begun.size();
  for (std::size_t i = pieces.size(); i-- > 0;) {
    JournalPiece piece = pieces[i];
    const bool newer_epoch_follows = i + 1 < pieces.size() && pieces[i + 1].epoch != piece.epoch;
    if (newer_epoch_follows && pieces[i + 1].epoch <= end.epoch) end.limit = std::min(end.limit, pieces[i + 1].after);
    while (begin > 0 && begun[begin - 1].epoch > piece.epoch) end.pass(begun[--begin]);
    piece.upto = std::min(piece.last, end.limit);
    const bool counts = piece.epoch <= end.epoch && piece.after < end.limit;
    (counts ? history.pieces : history.undone).push_back(piece);
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
    if (piece.after == before.upto) continue;
    const Position after{before.epoch, before.upto};
    const Position upto{piece.epoch, piece.after};
    history.gaps.push_back({after, upto, detail::groups_between(begun, after, upto)});
  }
  history.begun = std::move(begun);
  return history;
}

/// Lists what a medium has of the journal of a source, up to where its chain says that a later epoch went on. Errors:
/// those of the medium, and of journal_history.
template <class = void>
Result<JournalHistory> list_journal(MediumPort& medium, std::string_view source) {
  std::vector<JournalPiece> pieces;
  LIFEBOAT_CHECK(medium.list(piece_prefix(source), "", [&](const ObjectInfo& info) {
    if (const auto piece = piece_of(source, info)) pieces.push_back(*piece);
    return true;
  }));
  LIFEBOAT_TRY(std::vector<EpochBegin> begun, epochs_begun(medium, source));
  return journal_history(source, std::move(pieces), std::move(begun));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
