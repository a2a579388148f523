// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <map>
#include <stop_token>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/journal/piece_walk.hpp>
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
  std::uint64_t unread =
      0;  ///< of the groups, at most: those that the medium lacks, or has damaged; in no sum and list
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
  std::uint64_t unkeyed = 0;  ///< older groups, at most, that the restored journal is without: their keys are not known
  std::string place;          ///< of the journal within the target
  std::string doubt_source;   ///< under which the medium has the window of doubt
  JournalHistory doubt;       ///< empty: no loss ever opened one
};

namespace detail {

/// Refuses a position that a later epoch went on without: from there no journal goes on.
template <class = void>
Status check_not_left(const JournalHistory& history, const std::string& source, Position wanted) {
  const std::uint64_t epoch = history.left_by(wanted);
  if (epoch == 0) return ok();
  return Error{ErrorId::undone, "group " + to_text(wanted) + " of " + source + " was undone: epoch " +
                                    std::to_string(epoch) + " went on without it, and the last that counts is " +
                                    to_text(history.last())}
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

  /// Counts what is restored behind `from`, which must be there, and what stays behind.
  Status count(JournalTail& tail) {
    SeenGroups groups;
    const auto each = [&](const JournalGroup& group, const SegmentHeader& header) -> Result<bool> {
      if (group.position <= tail.from) return true;
      if (group.position <= tail.upto) {
        ++tail.groups;
        tail.upto_time = group.time;
        return true;
      }
      LIFEBOAT_TRY(const SeenGroup seen, groups.see(group, header));
      if (tail.undone.groups++ == 0) tail.undone.first = group.position;
      tail.undone.last = group.position;
      for (const SeenRecord& record : seen.records)
        if (record.roles->money && !record.roles->money->sensitive && record.roles->money->is_in(record.value))
          LIFEBOAT_CHECK(add(tail.undone, record.roles->money->of(record.value).inner().as_money()));
      return true;
    };
    return walk(tail.history, tail.from, each, [&](const JournalGap& gap, const Error& why) -> Result<bool> {
      if (gap.after < tail.upto) return needed(gap, why, tail.from);
      if (tail.undone.groups == 0) tail.undone.first = {gap.after.epoch, gap.after.sequence + 1};
      tail.undone.last = gap.upto;
      tail.undone.groups += gap.groups;
      tail.undone.unread += gap.groups;
      return true;
    });
  }

  /// What the state does not need must be there too, for the keys of its groups; where it may be left out, the history
  /// begins behind what is missing of it.
  Status check_older(JournalTail& tail) const {
    std::vector<JournalPiece>& pieces = tail.history.pieces;
    if (pieces.empty()) return ok();
    const JournalHistory all = tail.history;
    const Position begins{pieces.front().epoch, pieces.front().after};
    Position behind = begins;
    for (const JournalGap& gap : all.gaps) {
      if (gap.upto > tail.from) break;
      if (!point_.despite_gap)
        return missing_groups(catalog_.source, gap)
            .next("--despite gap    # the state does not need them; their keys are not known then")
            .unchanged();
      behind = gap.upto;
    }
    if (point_.despite_gap)
      LIFEBOAT_CHECK(walk_pieces(
          medium_, catalog_.source, all, behind, stop_,
          [&](const WalkedBatch& walked) -> Result<bool> {
            return Position{walked.piece.epoch, walked.piece.after} < tail.from;
          },
          [&](const JournalGap& gap, const Error&) -> Result<bool> {
            if (gap.upto <= tail.from) behind = gap.upto;
            return gap.upto <= tail.from;
          }));
    tail.unkeyed = behind == begins ? 0 : groups_between(all.begun, begins, behind);
    std::erase_if(pieces, [&](const JournalPiece& piece) { return Position{piece.epoch, piece.upto} <= behind; });
    std::erase_if(tail.history.gaps, [&](const JournalGap& gap) { return gap.upto <= behind; });
    return ok();
  }

  /// Each group, and what is missing or damaged between them.
  template <class Each, class Lost>
  Status walk(const JournalHistory& history, Position after, Each&& each, Lost&& lost) const {
    return walk_pieces(
        medium_, catalog_.source, history, after, stop_,
        [&](const WalkedBatch& walked) -> Result<bool> {
          BatchGroups groups(walked.batch);
          while (const auto group = groups.next()) {
            LIFEBOAT_TRY(const bool more, each(*group, walked.header));
            if (!more) return false;
          }
          return true;
        },
        lost);
  }

  /// That groups which a restore needs are not there: it goes to the last before them, where an archive is below that.
  Error needed(const JournalGap& gap, const Error& why, std::optional<Position> from) const {
    const bool there = gap.after.sequence != 0 && (!from || gap.after >= *from);
    return Error{why.id(), why.sentence()}
        .next(there ? "--position " + to_text(gap.after) + "    # the last group before it"
                    : "lifeboat verify --id " + catalog_.source)
        .unchanged();
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
    if (const JournalGap* const gap = history.gap_between({wanted.epoch, wanted.sequence - 1}, wanted))
      return needed(*gap, missing_groups(catalog_.source, *gap), std::nullopt);
    const bool early = wanted < Position{history.pieces.front().epoch, history.pieces.front().after + 1};
    Error none{early ? ErrorId::time_before_first : ErrorId::object_missing,
               "the medium has no group " + to_text(wanted) + " of the journal of " + catalog_.source};
    return std::move(none).next("--position " + to_text(tail_.head)).unchanged();
  }

  /// The group before the first that fits; for a time: before the first that is not earlier. Groups that are missing
  /// before one that is earlier are taken to be earlier, too.
  Status find_point() {
    const bool by_time = point_.kind == RestorePoint::Kind::before;
    SeenGroups groups;
    Position last{};
    Position last_earlier{};
    std::optional<Position> first;
    std::optional<JournalGap> hole;
    std::optional<Error> why;
    Timestamp head_time{};
    LIFEBOAT_CHECK(walk(
        tail_.history, {},
        [&](const JournalGroup& group, const SegmentHeader& header) -> Result<bool> {
          head_time = group.time;
          bool here = false;
          if (by_time) {
            here = group.time >= point_.before;
            if (!here) last_earlier = group.position;
          } else {
            LIFEBOAT_TRY(const SeenGroup seen, groups.see(group, header));
            for (const SeenRecord& record : seen.records)
              here = here || std::all_of(point_.filters.begin(), point_.filters.end(),
                                         [&](const RecordFilter& filter) { return fits(filter, record.value); });
          }
          if (here && !first) {
            if (hole) return needed(*hole, *why, std::nullopt);
            first = last;
          }
          hole.reset();
          last = group.position;
          return by_time || !here;
        },
        [&](const JournalGap& gap, const Error& error) -> Result<bool> {
          if (first) return true;
          if (!by_time) return needed(gap, error, std::nullopt);  // one that fits may be among them
          if (!hole) {
            hole = gap;
            why = error;
          }
          return true;
        }));
    if (!first && hole) return needed(*hole, *why, std::nullopt);
    if (!first && !by_time)
      return Error{ErrorId::time_beyond_head, "no group of the journal of " + catalog_.source + " up to " +
                                                  to_text(tail_.head) + " has a record that fits"}
          .unchanged();
    if (!first)
      return Error{ErrorId::time_beyond_head,
                   utc_text(point_.before) +
                       (point_.before > now_ ? " has not come yet: the last group of "
                                             : " lies behind all that the medium can prove: the last group of ") +
                       catalog_.source + " there, " + to_text(last) + ", is of " + utc_text(head_time)}
          .next("--position " + to_text(last))
          .unchanged();
    if (by_time && last_earlier > *first)
      return Error{ErrorId::clock_suspect, "the clock was set between groups of " + catalog_.source + ", so that " +
                                               utc_text(point_.before) + " may mean " +
                                               (*first == Position{} ? "none of them" : to_text(*first)) + " and " +
                                               to_text(last_earlier)}
          .next("--position " + to_text(*first == Position{} ? last_earlier : *first))
          .unchanged();
    tail_.upto = *first;
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
    const std::string alone =
        "--archive " + to_hex(facts.archive.view()) + " --despite chain    # the archive alone, with no journal";
    if (Status left = detail::check_not_left(tail.history, catalog.source, tail.upto); !left)
      return std::move(left).error().next(alone);
    if (tail.upto.epoch != 0 && !tail.history.holds(tail.upto))
      return Error{ErrorId::object_missing, "the medium has no group " + to_text(tail.upto) + " of the journal of " +
                                                catalog.source + ", with which archive " +
                                                to_hex(facts.archive.view()) + " ends"}
          .next(alone)
          .unchanged();
    detail::BasicTailWalk<> walk(medium, catalog, point, now, stop);
    LIFEBOAT_CHECK(walk.count(tail));
    LIFEBOAT_CHECK(walk.check_older(tail));
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
  LIFEBOAT_CHECK(walk.check_older(tail));
  return tail;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
