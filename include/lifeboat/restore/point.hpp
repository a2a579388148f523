// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/core/elapsed.hpp>
#include <lifeboat/core/time_text.hpp>
#include <lifeboat/record/filter.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a restore goes back to. Of a source without a journal, archives are the only points.
struct RestorePoint {
  enum class Kind : std::uint8_t { latest, archive, before, position, before_group };
  Kind kind = Kind::latest;
  std::string archive{};  ///< its id, or the first digits of it that no other has
  Timestamp before{};     ///< an archive's time is the end of its cut; of a journal: every group is earlier
  Position position{};    ///< of a journal: the last group that is restored
  std::vector<RecordFilter> filters{};  ///< of a journal: just before the first group with a record that fits all
  /// Of a journal: also where older groups are missing on the medium, or damaged, that the state does not need. Their
  /// keys are not known then, and whoever adopts the copy can not state that nothing was lost.
  bool despite_gap = false;

  static RestorePoint at_latest() { return {}; }
  static RestorePoint at_archive(std::string id) { return {.kind = Kind::archive, .archive = std::move(id)}; }
  static RestorePoint at_time(Timestamp time) { return {.kind = Kind::before, .before = time}; }
  static RestorePoint at_position(Position last) { return {.kind = Kind::position, .position = last}; }
  static RestorePoint before_first(std::vector<RecordFilter> fits) {
    return {.kind = Kind::before_group, .filters = std::move(fits)};
  }
};

/// The archive that a point means.
struct ChosenArchive {
  const ArchiveRecord* record = nullptr;
  bool asked_time = false;
  std::int64_t seconds_earlier = 0;  ///< how long before the time that was asked for
};

namespace detail {

/// Refuses where an entry that nobody can read, between the chosen archive and the next, may be of one that would have
/// been chosen in its place: less than was asked is never given for it.
template <class = void>
Status check_chosen(const Catalog& catalog, const ArchiveRecord& chosen) {
  std::uint64_t next = ~std::uint64_t{0};
  for (const ArchiveRecord& record : catalog.archives)
    if (record.generation > chosen.generation && record.generation < next) next = record.generation;
  for (const std::uint64_t generation : catalog.unproven)
    if (generation > chosen.generation && generation < next) {
      const std::string id = to_hex(chosen.facts.archive.view());
      return Error{ErrorId::chain_broken, "generation " + std::to_string(generation) + " of " +
                                              chain_prefix(catalog.source) +
                                              " can not be read: it may be of a later archive than " + id}
          .next("--archive " + id)
          .unchanged();
    }
  return ok();
}

}  // namespace detail

/// Chooses the archive of a point.
///  - A time means the last archive whose cut had ended then. One before the first archive is refused, and so is one
///    that lies in the future of both `now` and the newest archive: nobody knows that state yet. Between the newest
///    archive and now, the newest archive is what there is, and `seconds_earlier` says by how much.
///  - Where a clock was set back between archives, so that order and time disagree on the answer, both are named and
///    one must be chosen by its id.
///  - Where an entry can not be read that may be of the archive asked for, it must be chosen by its id too.
/// Errors: archive_unknown, archive_ambiguous, time_before_first, time_beyond_head, clock_suspect, chain_broken,
/// not_replayable for a point that only a journal has.
/// Nothing is changed.
template <class = void>
Result<ChosenArchive> choose_archive(const Catalog& catalog, const RestorePoint& point, Timestamp now) {
  const std::vector<ArchiveRecord>& archives = catalog.archives;
  if (archives.empty())
    return Error{ErrorId::archive_unknown, "there is no archive of " + catalog.source}
        .next("lifeboat verify --id " + catalog.source)
        .unchanged();
  ChosenArchive chosen;
  if (point.kind == RestorePoint::Kind::position || point.kind == RestorePoint::Kind::before_group)
    return Error{ErrorId::not_replayable,
                 "the medium has no journal of " + catalog.source + ": archives are the only points to go back to"}
        .next("lifeboat list --id " + catalog.source)
        .unchanged();
  if (point.kind != RestorePoint::Kind::before) {
    LIFEBOAT_TRY(chosen.record,
                 find_archive(catalog, point.kind == RestorePoint::Kind::latest ? "latest" : point.archive));
    if (point.kind == RestorePoint::Kind::latest) LIFEBOAT_CHECK(detail::check_chosen(catalog, *chosen.record));
    return chosen;
  }
  const ArchiveRecord* prefix = nullptr;  // of the longest run from the first on that is all earlier
  bool in_prefix = true;
  Timestamp newest = archives.front().facts.cut_ended;
  for (const ArchiveRecord& record : archives) {
    const bool earlier = record.facts.cut_ended <= point.before;
    if (earlier) chosen.record = &record;
    in_prefix = in_prefix && earlier;
    if (in_prefix) prefix = &record;
    if (record.facts.cut_ended > newest) newest = record.facts.cut_ended;
  }
  if (point.before > newest && point.before > now)
    return Error{ErrorId::time_beyond_head, utc_text(point.before) + " has not come yet: the newest archive of " +
                                                catalog.source + " is of " + utc_text(newest)}
        .next("--archive latest")
        .unchanged();
  if (chosen.record == nullptr)
    return Error{ErrorId::time_before_first, "the first archive of " + catalog.source + " is of " +
                                                 utc_text(archives.front().facts.cut_ended) + ", after " +
                                                 utc_text(point.before)}
        .next("--archive " + to_hex(archives.front().facts.archive.view()))
        .unchanged();
  if (prefix != chosen.record) {
    const auto named = [](const ArchiveRecord& record) {
      return to_hex(record.facts.archive.view()) + " (" + utc_text(record.facts.cut_ended) + ", generation " +
             std::to_string(record.generation) + ")";
    };
    std::string both = named(*chosen.record);
    if (prefix != nullptr) both = named(*prefix) + " and " + both;
    return Error{ErrorId::clock_suspect, "the clock was set between archives of " + catalog.source + ", so that " +
                                             utc_text(point.before) + " may mean " + both}
        .next("--archive " + to_hex(chosen.record->facts.archive.view()))
        .unchanged();
  }
  LIFEBOAT_CHECK(detail::check_chosen(catalog, *chosen.record));
  chosen.asked_time = true;
  chosen.seconds_earlier = seconds_between(chosen.record->facts.cut_ended, point.before).count();
  return chosen;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
