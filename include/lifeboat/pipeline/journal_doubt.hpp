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

/// The undone payments that a restore wrote down; those without a key are nobody's to ask for.
template <class = void>
Result<std::vector<StatementLine>> undone_payments(const std::string& list) {
  LIFEBOAT_TRY(std::vector<StatementLine> lines, statement_lines(list, StatementFormat::undone));
  std::erase_if(lines, [](const StatementLine& line) { return line.key.empty(); });
  return lines;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
