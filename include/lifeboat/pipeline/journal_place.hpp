// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdlib.h>

#include <memory>
#include <optional>
#include <string>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/core/clock.hpp>
#include <lifeboat/journal/medium_ceiling.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/pipeline/parts.hpp>

// Where the journal of an engine stands: often within the source, which leaves it out, for it goes to the medium by
// itself.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class = void>
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> found(::realpath(path.c_str(), nullptr), &::free);
  return found ? std::string(found.get()) : std::string();
}

}  // namespace detail

/// Where `folder`, whose parent exists, lies within `root`; none where it lies elsewhere.
template <class = void>
std::optional<std::string> place_within(const std::string& root, std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  const std::size_t slash = folder.rfind('/');
  const std::string above = slash == std::string::npos ? "." : slash == 0 ? "/" : folder.substr(0, slash);
  std::string real_root = detail::real_path(root);
  std::string real = detail::real_path(above);
  if (real_root.empty() || real.empty()) return std::nullopt;
  if (real_root.back() != '/') real_root += '/';
  if (real.back() != '/') real += '/';
  real += folder.substr(slash + 1);
  if (!real.starts_with(real_root)) return std::nullopt;
  return real.substr(real_root.size());
}

/// The line of gitignore's syntax that means this path alone.
template <class = void>
std::string pattern_of(const std::string& path) {
  std::string line = "/";
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\' || c == ' ') line += '\\';
    line += c;
  }
  return line + "/";
}

/// Where a restore puts the journal, as an object beside the pieces.
template <class = void>
ObjectName journal_place_name(std::string_view source) {
  return piece_prefix(source) + "place";
}

/// Where the journal of a source stands within it, or will stand in what is restored of it.
template <class = void>
Result<std::string> journal_place(MediumPort& medium, std::string_view source) {
  std::byte text[4096];
  const auto got = medium.read(journal_place_name(source), 0, text);
  if (!got && got.error().id() == ErrorId::object_missing) return std::string("journal");
  if (!got) return std::move(got).error();
  const std::string place(as_text({text, *got}));
  // Nobody vouches for what a medium says: it must not lead out of the target.
  bool good = !place.empty() && place.front() != '/';
  for (std::size_t at = 0; good && at <= place.size();) {
    const std::size_t slash = std::min(place.find('/', at), place.size());
    const std::string_view part = std::string_view(place).substr(at, slash - at);
    good = !part.empty() && part != "." && part != ".." && part.find('\0') == std::string_view::npos;
    at = slash + 1;
  }
  if (!good) return Error{ErrorId::corrupt, journal_place_name(source) + " is no path within a source"};
  return place;
}

/// Refuses where another copy of the source was adopted meanwhile: fenced.
template <class = void>
Status check_not_fenced(const LogView& log, MediumPort& medium, const std::string& source) {
  LIFEBOAT_TRY(const std::uint64_t epoch, chain_epoch(medium, source));
  if (epoch <= log.durable.epoch) return ok();
  return Error{ErrorId::fenced, "a copy of " + source + " went live in epoch " + std::to_string(epoch) +
                                    ", and the journal " + log.folder + " is of epoch " +
                                    std::to_string(log.durable.epoch)}
      .next("stop this engine; its journal behind " + to_text(log.durable) + " is evidence")
      .unchanged();
}

/// Refuses a journal without a group where the medium has groups of one: its segments are gone, and who went on with it
/// would pay again what is known there. One that lacks its end alone has that back already, or opened a window of
/// doubt.
template <class = void>
Status check_not_emptied(const LogView& log, MediumPort& medium, const std::string& source) {
  if (log.durable.sequence != 0) return ok();
  const auto history = list_journal(medium, source);
  if (!history || history->empty()) return ok();  // what is wrong with its pieces keeps no engine from work
  return Error{ErrorId::diverged, "the medium has the journal of " + source + " up to " + to_text(history->last()) +
                                      ", and the journal " + log.folder + " has no group: its segments are gone"}
      .next("lifeboat restore --id " + source + " --target DIR    # or bring the segments back")
      .unchanged();
}

/// Brings the medium up to what is durable in the journal of a sync that has one; nothing where it has none.
template <class = void>
Result<PieceReport> ship_journal(const Parts& parts, RandomPort& random, std::stop_token stop) {
  const std::optional<LogView> log = parts.sync != nullptr ? parts.sync->log() : std::nullopt;
  if (!log) return PieceReport{};
  LIFEBOAT_CHECK(check_not_fenced(*log, *parts.medium, parts.source_id));
  LIFEBOAT_TRY(const PieceReport report,
               ship_pieces(log->folder, log->durable, *parts.medium, parts.source_id, random, std::move(stop)));
  for (const JournalGap& gap : report.gaps)
    parts.log.tell(Event{ErrorId::object_missing, parts.source_id,
                         missing_groups(parts.source_id, gap).sentence() + ", and " + log->folder +
                             " keeps them no more: a restore to a point behind them needs an archive from behind them",
                         0});
  if (log->reserve_groups != 0 && log->ceiling != nullptr) {
    const SystemClock own;
    const ClockPort* const clock = parts.environment.clock;
    LIFEBOAT_CHECK(reserve_on(*parts.medium, parts.source_id, log->folder, *log->ceiling, log->reserve_groups,
                              clock != nullptr ? clock->now().wall : own.now().wall, log->reserve_for));
  }
  if (report.pieces == 0 || log->place.empty()) return report;
  LIFEBOAT_TRY(const std::unique_ptr<ObjectWriter> writer,
               parts.medium->create(journal_place_name(parts.source_id), {.expected_length = log->place.size()}));
  LIFEBOAT_CHECK(writer->write(as_bytes(log->place)));
  const auto put = writer->commit(Publish::if_absent);
  if (!put && put.error().id() != ErrorId::object_exists) return put.error();
  return report;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
