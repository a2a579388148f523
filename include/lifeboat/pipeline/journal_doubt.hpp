// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include <lifeboat/journal/ship.hpp>
#include <lifeboat/pipeline/journal_place.hpp>
#include <lifeboat/restore/doubt_place.hpp>
#include <lifeboat/restore/doubt_port.hpp>
#include <lifeboat/restore/statement_reader.hpp>

// The doubt window of a pipeline's journal: a journal of its own within that one's folder, shipped and restored with
// it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What the engine vouches for about a key, such as the epoch of the token that it begins with. Must not throw.
using StampOfKey = Stamp (*)(std::string_view key);

/// Under which name the window of a source goes to a medium.
template <class = void>
std::string doubt_source(const std::string& source) {
  return source + ".doubt";
}

/// A window with what append_once asks it through.
struct JournalDoubt {
  std::unique_ptr<DoubtWindow> window;
  std::unique_ptr<DoubtPort> port;
};

/// The window of a journal; none where no loss ever opened one. Errors: those of DoubtWindow::open.
template <class = void>
Result<std::unique_ptr<JournalDoubt>> open_doubt(const std::string& journal, StampOfKey stamp) {
  if (!has_doubt(journal)) return std::unique_ptr<JournalDoubt>();
  auto doubt = std::make_unique<JournalDoubt>();
  LIFEBOAT_TRY(doubt->window, DoubtWindow::open({.folder = doubt_folder(journal)}));
  const auto stamp_of = [stamp](std::string_view key) { return stamp == nullptr ? Stamp{} : stamp(key); };
  doubt->port = std::make_unique<WindowDoubt<decltype(stamp_of)>>(*doubt->window, stamp_of);
  return doubt;
}

/// Ships the window of a journal, where it has one.
template <class = void>
Status ship_doubt(const std::string& journal, MediumPort& medium, const std::string& source, RandomPort& random,
                  const std::stop_token& stop) {
  if (!has_doubt(journal)) return ok();
  const std::string folder = doubt_folder(journal);
  LIFEBOAT_TRY(const JournalHead end, journal_end(folder));
  LIFEBOAT_TRY(const PieceReport report, ship_pieces(folder, end.last, medium, doubt_source(source), random, stop));
  (void)report;
  return ok();
}

/// What an adoption opens: the keys that were undone, and all that may have been lost behind what the medium has.
struct AdoptionLoss {
  Position after;  ///< the last group that counts
  Position head;   ///< the last group that the medium has
  Timestamp head_time;
  std::uint64_t epoch = 0;    ///< the one that was claimed
  bool nothing_lost = false;  ///< somebody states that the medium had every acknowledged group
  std::string by;
};

/// The undone payments that a restore wrote down; those without a key are nobody's to ask for.
template <class = void>
Result<std::vector<StatementLine>> undone_payments(const std::string& list) {
  LIFEBOAT_TRY(std::vector<StatementLine> lines, statement_lines(list, StatementFormat::undone));
  std::erase_if(lines, [](const StatementLine& line) { return line.key.empty(); });
  return lines;
}

template <class = void>
Status open_windows(const std::string& journal, const AdoptionLoss& what, std::span<const StatementLine> undone) {
  if (undone.empty() && what.nothing_lost) return ok();
  LIFEBOAT_TRY(const auto window, DoubtWindow::open({.folder = doubt_folder(journal), .create = !has_doubt(journal)}));
  if (!undone.empty()) {
    Loss loss{.basis = LossBasis::undone, .after = what.after, .fresh_epoch = what.epoch, .by = what.by};
    LIFEBOAT_CHECK(window->open_window(loss, undone));
  }
  if (!what.nothing_lost) {
    Loss loss{.basis = LossBasis::unknown,
              .after = what.head,
              .fresh_epoch = what.epoch,
              .since = what.head_time,
              .by = what.by};
    LIFEBOAT_CHECK(window->open_window(loss));
  }
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
