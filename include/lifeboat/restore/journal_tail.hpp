// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <map>
#include <stop_token>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/journal/seen_groups.hpp>
#include <lifeboat/record/filter.hpp>
#include <lifeboat/restore/point.hpp>

// The journal's part of a restore: which groups follow an archive, and which stay behind (docs/journal.md, section 7).
namespace lifeboat::inline LIFEBOAT_ABI {

/// Acknowledged groups that lie behind the point of a restore: known, listed, and not lost.
struct Undone {
  std::uint64_t groups = 0;
  std::map<Currency, MoneySum> sums;  ///< of the money of their records
  Position first;
  Position last;
};

/// What follows an archive.
struct JournalTail {
  JournalHistory history;  ///< as the medium has it
  bool stated = false;     ///< the archive says which position it holds
  Position from;        ///< the last group whose effect is in the archive; where none is stated, where history begins
  Position upto;        ///< the last group that is restored
  Timestamp upto_time;  ///< of it; zero where it is the archive's own
  std::uint64_t groups = 0;  ///< behind `from`, up to `upto`
  Position head;             ///< the last group that the medium has
  Undone undone;
  std::string place;         ///< of the journal within the target
  std::string doubt_source;  ///< under which the medium has the window of doubt
  JournalHistory doubt;      ///< empty: no loss ever opened one
};

namespace detail {

/// Refuses a position that a later epoch went on without: from there no journal goes on.
template <class = void>
Status check_not_left(const JournalHistory& history, const std::string& source, Position wanted) {
  const std::uint64_t epoch = history.left_by(wanted);
  if (epoch == 0) return ok();
  return Error{ErrorId::object_missing,
               "group " + to_text(wanted) + " of " + source + " was undone: epoch " + std::to_string(epoch) +
                   " went on without it, and the last that counts is " + to_text(history.last())}
      .next("--position " + to_text(history.last()))
      .unchanged();
}

/// Refuses to say which group is the last where nobody knows what an epoch left.
template <class = void>
Status check_proven(const JournalHistory& history, const std::string& source) {
  if (history.unproven() == 0) return ok();
  return Error{ErrorId::chain_broken, "epoch " + std::to_string(history.unproven()) + " of " + source +
                                          " was claimed, and the entry can not be read that says which groups up to " +
                                          to_text(history.last()) + " it left"}
      .next("--position " + to_text(history.last()))
      .unchanged();
}

/// One walk over what the medium has of a journal: finds the point, then counts what lies behind it.
template <class = void>
class BasicTailWalk {
 public:
  BasicTailWalk(MediumPort& medium, const Catalog& catalog, const RestorePoint& point, Timestamp now,
                const std::stop_token& stop)
      : medium_(medium), catalog_(catalog), point_(point), now_(now), stop_(stop) {}

  Result<JournalTail> run(JournalHistory history) {
    tail_.history = std::move(history);
    tail_.head = tail_.history.last();
    if (point_.kind == RestorePoint::Kind::position) {
      LIFEBOAT_CHECK(check_position());
      tail_.upto = point_.position;
      return std::move(tail_);
    }
    LIFEBOAT_CHECK(check_proven(tail_.history, catalog_.source));
    if (point_.kind == RestorePoint::Kind::latest)
      tail_.upto = tail_.head;
    else
      LIFEBOAT_CHECK(find_point());
    return std::move(tail_);
  }

  /// Counts what is restored behind `from`, and what stays behind.
  Status count(JournalTail& tail) {
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium_, catalog_.source, tail.history, tail.from));
    SeenGroups groups;
    return each_group(reader, [&](const JournalGroup& group) -> Result<bool> {
      if (group.position <= tail.from) return true;
      if (group.position <= tail.upto) {
        ++tail.groups;
        tail.upto_time = group.time;
        return true;
      }
      LIFEBOAT_TRY(const SeenGroup seen, groups.see(group, reader.header()));
      if (tail.undone.groups++ == 0) tail.undone.first = group.position;
      tail.undone.last = group.position;
      for (const SeenRecord& record : seen.records)
        if (record.roles->money && !record.roles->money->sensitive && record.roles->money->is_in(record.value))
          LIFEBOAT_CHECK(add(tail.undone, record.roles->money->of(record.value).inner().as_money()));
      return true;
    });
  }

  template <class Each>
  Status each_group(PieceReader& reader, Each&& each) {
    while (true) {
      if (stop_.stop_requested()) return Error{ErrorId::interrupted, "the plan was stopped"}.unchanged();
      LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
      if (batch == nullptr) return ok();
      BatchGroups groups(*batch);
      while (const auto group = groups.next()) {
        LIFEBOAT_TRY(const bool more, each(*group));
        if (!more) return ok();
      }
    }
  }

 private:
  static Status add(Undone& undone, const Money& money) {
    auto& sum = undone.sums.try_emplace(money.currency, MoneySum{money.currency, 0}).first->second;
    if (!sum.add(money)) return Error{ErrorId::limit, "the sum of what would be undone does not fit into 128 bits"};
    return ok();
  }

  /// The position must be one that the journal has.
  Status check_position() const {
    const Position wanted = point_.position;
    const JournalHistory& history = tail_.history;
    LIFEBOAT_CHECK(check_not_left(history, catalog_.source, wanted));
    if (wanted > tail_.head)
      return Error{ErrorId::time_beyond_head, "the medium has the journal of " + catalog_.source + " up to " +
                                                  to_text(tail_.head) + ", not to " + to_text(wanted)}
          .next("--position " + to_text(tail_.head))
          .unchanged();
    for (const JournalPiece& piece : history.pieces)
      if (piece.epoch == wanted.epoch && piece.after < wanted.sequence && wanted.sequence <= piece.upto) return ok();
    return Error{ErrorId::object_missing,
                 "the medium has no group " + to_text(wanted) + " of the journal of " + catalog_.source}
        .unchanged();
  }

  /// The group before the first that fits; for a time: before the first that is not earlier.
  Status find_point() {
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium_, catalog_.source, tail_.history));
    const bool by_time = point_.kind == RestorePoint::Kind::before;
    SeenGroups groups;
    Position last{};
    Position last_earlier{};
    std::optional<Position> first;
    Timestamp head_time{};
    LIFEBOAT_CHECK(each_group(reader, [&](const JournalGroup& group) -> Result<bool> {
      head_time = group.time;
      bool here = false;
      if (by_time) {
        here = group.time >= point_.before;
        if (!here) last_earlier = group.position;
      } else {
        LIFEBOAT_TRY(const SeenGroup seen, groups.see(group, reader.header()));
        for (const SeenRecord& record : seen.records)
          here = here || std::all_of(point_.filters.begin(), point_.filters.end(),
                                     [&](const RecordFilter& filter) { return fits(filter, record.value); });
      }
      if (here && !first) first = last;
      last = group.position;
      return by_time || !here;
    }));
    if (!first && !by_time)
      return Error{ErrorId::time_beyond_head, "no group of the journal of " + catalog_.source + " up to " +
                                                  to_text(tail_.head) + " has a record that fits"}
          .unchanged();
    if (!first && point_.before > now_ && point_.before > head_time)
      return Error{ErrorId::time_beyond_head, utc_text(point_.before) + " has not come yet: the last group of " +
                                                  catalog_.source + " is of " + utc_text(head_time)}
          .next("--position " + to_text(last))
          .unchanged();
    const Position before_first = first ? *first : last;
    if (by_time && last_earlier > before_first)
      return Error{ErrorId::clock_suspect, "the clock was set between groups of " + catalog_.source + ", so that " +
                                               utc_text(point_.before) + " may mean " +
                                               (before_first == Position{} ? "none of them" : to_text(before_first)) +
                                               " and " + to_text(last_earlier)}
          .next("--position " + to_text(before_first == Position{} ? last_earlier : before_first))
          .unchanged();
    tail_.upto = before_first;
    return ok();
  }

  MediumPort& medium_;
  const Catalog& catalog_;
  const RestorePoint& point_;
  Timestamp now_;
  const std::stop_token& stop_;
  JournalTail tail_;
};

}  // namespace detail

/// Which archive a point needs, and what of the journal follows it: the newest archive that states a position at or
/// before the point. The medium is asked for every group that is counted. Errors: as choose_archive and list_journal;
/// not_replayable, where no archive states a position that the journal goes on from; interrupted.
template <class = void>
Result<JournalTail> plan_tail(MediumPort& medium, const Catalog& catalog, const RestorePoint& point, Timestamp now,
                              JournalHistory history, ChosenArchive& chosen, const std::stop_token& stop) {
  if (point.kind == RestorePoint::Kind::archive) {
    LIFEBOAT_TRY(chosen, choose_archive(catalog, point, now));
    const BackupFacts& facts = chosen.record->facts;
    JournalTail tail;
    tail.head = history.last();
    tail.history = std::move(history);
    tail.stated = facts.has_position;
    tail.from = tail.upto = facts.position;
    if (!tail.stated) return tail;
    if (Status left = detail::check_not_left(tail.history, catalog.source, tail.upto); !left)
      return Error(left.error())
          .next("--archive " + to_hex(facts.archive.view()) +
                " --despite chain    # the archive alone, with no journal");
    detail::BasicTailWalk<> walk(medium, catalog, point, now, stop);
    LIFEBOAT_CHECK(walk.count(tail));
    return tail;
  }
  detail::BasicTailWalk<> walk(medium, catalog, point, now, stop);
  LIFEBOAT_TRY(JournalTail tail, walk.run(std::move(history)));
  chosen = {};
  for (const ArchiveRecord& record : catalog.archives)
    if (record.facts.has_position && record.facts.position <= tail.upto && tail.history.holds(record.facts.position) &&
        (chosen.record == nullptr || chosen.record->facts.position <= record.facts.position))
      chosen.record = &record;
  if (chosen.record == nullptr) {
    const auto stated = std::find_if(catalog.archives.begin(), catalog.archives.end(),
                                     [](const ArchiveRecord& record) { return record.facts.has_position; });
    const auto nearest = stated != catalog.archives.end() || catalog.archives.empty() ? stated : stated - 1;
    return Error{ErrorId::not_replayable, "no archive of " + catalog.source + " states a position at or before " +
                                              to_text(tail.upto) + " that its journal goes on from"}
        .next(catalog.archives.empty() ? "lifeboat list --id " + catalog.source
                                       : "--archive " + to_hex(nearest->facts.archive.view()) +
                                             "    # an archive alone, with no group behind it")
        .unchanged();
  }
  tail.stated = true;
  tail.from = chosen.record->facts.position;
  LIFEBOAT_CHECK(walk.count(tail));
  return tail;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
