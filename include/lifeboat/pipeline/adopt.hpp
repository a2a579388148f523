// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/owner.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/pipeline/journal_doubt.hpp>
#include <lifeboat/restore/check_restored.hpp>
#include <lifeboat/restore/claim_epoch.hpp>
#include <lifeboat/restore/extract_mark.hpp>
#include <lifeboat/restore/open_loss.hpp>
#include <lifeboat/restore/undone.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// The line that restores anew what can not be adopted as it lies there: what is undone then is counted and listed.
template <class = void>
std::string restored_anew(const std::string& target, Position position, Position head) {
  return "lifeboat restore --target " + shell_quoted(target + ".again") +
         (position == head ? "" : " --position " + to_text(position) + " --dry-run");
}

/// Errors: combination (an extract), object_missing (nothing waits there), damage (the mark is none), target_io.
template <class = void>
Result<RestoredMark> read_mark(const std::string& journal, const std::string& target) {
  LIFEBOAT_TRY(const bool extract, is_extract(target));
  if (extract)
    return Error{ErrorId::combination, target + " is an extract: for looking, never the state"}
        .next("lifeboat restore --target DIR")
        .unchanged();
  const std::string path = journal + "/" + restored_name;
  auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW);
  if (file.error == EACCES) return not_opened(ErrorId::target_io, target + " can not be looked at", path, EACCES);
  if (!file)
    return Error{ErrorId::object_missing, target + " holds no restored journal that waits to be adopted"}
        .because(file.error)
        .next("lifeboat restore --target " + (stat_at(AT_FDCWD, target.c_str()) ? "DIR" : shell_quoted(target)))
        .unchanged();
  std::byte text[4096];
  const auto got = read_full(file.value.get(), text);
  if (!got) return Error{ErrorId::target_io, path + " can not be read"}.because(got.error);
  auto mark = parse_mark(as_text({text, got.value}));
  if (!mark)
    return Error{ErrorId::damage, path + " is no mark that a restore of this version left"}
        .next("lifeboat restore --target " + shell_quoted(target + ".again"))
        .unchanged();
  return std::move(*mark);
}

/// What is undone, from within the copy, else from beside it. Errors: damage, object_missing, statement, and those of
/// reading it.
template <class = void>
Result<UndonePayments> undone_of(const RestoredMark& mark, const std::string& journal, const std::string& target) {
  if (mark.undone == 0) return UndonePayments{};
  auto list = read_undone(journal + "/" + undone_name, mark.list);
  const ErrorId id = list ? ErrorId{} : list.error().id();
  if (id != ErrorId::damage && id != ErrorId::object_missing) return list;
  auto beside = read_undone(undone_beside(target), mark.list);
  if (beside) return beside;
  // A list that was changed tells more than one that is gone.
  const Error& error = id == ErrorId::damage ? list.error() : beside.error();
  return Error(error).next(restored_anew(target, mark.position, mark.head)).unchanged();
}

/// The medium has nothing behind the copy but what its restore counted and listed. Errors: undone; those of the
/// readers.
template <class = void>
Status check_medium_stands(Core& core, const RestoredMark& mark, const std::string& target,
                           const JournalHistory& history) {
  if (history.last() <= mark.head) return ok();
  JournalTail tail;
  tail.history = history;
  tail.head = history.last();
  tail.from = tail.upto = mark.head;
  Catalog named;
  named.source = core.source_id();
  const RestorePoint point;
  const std::stop_token never;
  LIFEBOAT_CHECK(BasicTailWalk<>(*core.parts().medium, named, point, {}, never).count(tail));
  std::string sentence = "the medium has " + std::to_string(tail.undone.groups) +
                         (tail.undone.groups == 1 ? " group" : " groups") + " behind " + to_text(mark.head) +
                         (tail.undone.groups == 1 ? "" : ", up to " + to_text(tail.head));
  for (const auto& [currency, sum] : tail.undone.sums) sentence.append(", ").append(to_text(sum));
  return Error{ErrorId::undone, sentence + ", which it had not when " + target +
                                    " was restored: they would be undone, and were neither accepted nor listed"}
      .next(restored_anew(target, mark.position, mark.head))
      .unchanged();
}

/// Adds to what is undone what earlier epochs left behind the copy: the window that held their keys may be lost.
/// Errors: undone, where keys are not known and no window holds every key; those of the readers.
template <class = void>
Status add_evidence(MediumPort& medium, const std::string& source, const JournalHistory& history, Position after,
                    bool nothing_lost, UndonePayments& undone) {
  LIFEBOAT_TRY(UndonePayments evidence, evidence_behind(medium, source, history, after));
  if (const std::uint64_t unknown = undone.unknown + evidence.unknown; unknown != 0 && nothing_lost)
    return Error{ErrorId::undone, std::to_string(unknown) + (unknown == 1 ? " record" : " records") + " behind " +
                                      to_text(after) +
                                      " are of types that no schema describes: their keys are not known, and would "
                                      "be new"}
        .next("the same line without --nothing-lost")
        .unchanged();
  std::vector<StatementLine>& lines = undone.lines;
  lines.insert(lines.end(), std::move_iterator(evidence.lines.begin()), std::move_iterator(evidence.lines.end()));
  std::stable_sort(lines.begin(), lines.end(),
                   [](const StatementLine& a, const StatementLine& b) { return a.key < b.key; });
  lines.erase(std::unique(lines.begin(), lines.end(),
                          [](const StatementLine& a, const StatementLine& b) { return a.key == b.key; }),
              lines.end());
  return ok();
}

/// A restored copy that waits, and what its adoption rests on.
struct WaitingCopy {
  AdoptReport report;
  EpochClaim claim;
  UndonePayments undone;
  std::vector<Reservation> ceilings;
};

/// Looks at the copy. Errors: object_missing (nothing waits there), source_unknown, undone (the medium moved on),
/// damage (what waits is not what was restored), config, those of the readers.
template <class = void>
Result<WaitingCopy> look_at_copy(Core& core, const AdoptRequest& request) {
  WaitingCopy copy;
  AdoptReport& report = copy.report;
  MediumPort& medium = *core.parts().medium;
  const std::string target = plain_target(request.target);
  LIFEBOAT_TRY(const std::string place, journal_place(medium, core.source_id()));
  report.journal = target + "/" + place;
  LIFEBOAT_TRY(const RestoredMark mark, read_mark(report.journal, target));
  if (mark.source != core.source_id())
    return Error{ErrorId::source_unknown, target + " was restored of " + mark.source + ", not of " + core.source_id()}
        .next("--id " + shell_quoted(mark.source))
        .unchanged();
  LIFEBOAT_CHECK(refuse_part_in(report.journal));
  LIFEBOAT_TRY(report.invariants, check_restored(report.journal, core.parts().invariants));
  if (request.nothing_lost && mark.unknown != 0)
    return Error{ErrorId::undone, "up to " + std::to_string(mark.unknown) + " groups of " + core.source_id() +
                                      " were missing or damaged on the medium: nobody knows their keys, so that every "
                                      "key which is not known is in doubt"}
        .next("the same line without --nothing-lost")
        .unchanged();
  LIFEBOAT_TRY(copy.undone, undone_of(mark, report.journal, target));
  report.unknown_loss = !request.nothing_lost;
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(report.journal));
  LIFEBOAT_TRY(const JournalVerdict verdict, reader.verify());
  report.after = verdict.last;
  if (report.after != mark.position)
    return Error{ErrorId::damage, report.journal + " ends at " + to_text(report.after) + ", and was restored to " +
                                      to_text(mark.position)}
        .next(restored_anew(target, mark.position, mark.head))
        .unchanged();
  LIFEBOAT_TRY(const JournalHistory history, list_journal(medium, core.source_id()));
  LIFEBOAT_CHECK(check_medium_stands(core, mark, target, history));
  LIFEBOAT_CHECK(add_evidence(medium, core.source_id(), history, report.after, request.nothing_lost, copy.undone));
  report.undone_keys = copy.undone.lines.size();
  copy.claim = {report.after, mark.head, mark.head};
  LIFEBOAT_TRY(copy.ceilings, ceilings_on(medium, core.source_id()));
  LIFEBOAT_TRY(const ClaimedEpoch next, next_epoch(medium, core.source_id(), copy.claim));
  if (next.head_time != Timestamp{}) LIFEBOAT_CHECK(check_stopped(request.stopped, next.head_time));
  report.head = std::max(next.head, mark.head);
  report.first = next.first;
  report.epoch = next.epoch;
  // Else a window of all keys opens, and what is not there holds nothing back.
  if (request.nothing_lost)
    if (Status here = check_doubt_of_epoch(report.journal, report.head.epoch); !here)
      return here.error().id() == ErrorId::object_missing
                 ? std::move(here).error().next("the same line without --nothing-lost").unchanged()
                 : std::move(here).error();
  if (report.unknown_loss) report.ceiling = bound_of(copy.ceilings, report.head, request.stopped);
  return copy;
}

}  // namespace detail

/// What an adoption would come to, whoever holds the epoch, and whatever invariant does not hold; nothing is changed.
/// Who claims between takes that epoch. Errors: object_missing (nothing waits there), undone (the medium has more
/// behind it than its restore listed), damage (what waits is not what was restored), source_unknown, config (the engine
/// was there after it is said to have stopped), those of the medium and of the readers.
template <class = void>
Result<AdoptReport> plan_adoption(Core& core, const AdoptRequest& request) {
  LIFEBOAT_TRY(detail::WaitingCopy copy, detail::look_at_copy(core, request));
  return std::move(copy.report);
}

/// Claims the next epoch for a copy that was restored: first in the chain, put-if-absent, then in its journal, whose
/// groups are numbered from above all that were there before. Until then no engine opens it; after it, whoever goes on
/// in an older epoch is fenced, and what it writes is evidence. May be done again where it was interrupted: that claims
/// another epoch. What was undone is in doubt from then on, and where nobody states that nothing was lost behind what
/// the medium has, so is every key that the engine does not vouch for. Errors: object_missing (nothing waits there),
/// undone (the medium has more behind it than its restore listed), damage (what waits is not what was restored),
/// source_unknown, invariant, holders (others may go on without this claim), second_name (one person alone calls a
/// holder lost), config, those of the chain and of Journal::open.
template <class = void>
Result<AdoptReport> adopt(Core& core, const AdoptRequest& request, const Actor& actor) {
  LIFEBOAT_CHECK(check_holders(request.holders, true, request.lost));
  LIFEBOAT_CHECK(check_lost_by(request.lost, actor.name.empty() ? user_name() : actor.name, actor.second));
  LIFEBOAT_TRY(detail::WaitingCopy copy, detail::look_at_copy(core, request));
  AdoptReport& report = copy.report;
  LIFEBOAT_TRY(const std::string despite, despite_invariants(report.invariants, request.override));
  ChainEntry entry;
  core.sign(entry, actor);
  entry.reason = recorded_reason(request.lost, request.stopped, entry.reason);
  if (!despite.empty()) entry.reason.append(entry.reason.empty() ? "" : "; ").append(despite);
  const Result<ClaimedEpoch> claimed =
      claim_epoch(core.repository(), core.source_id(), copy.claim, entry,
                  [&](Catalog& chain, ChainEntry& one) { return core.record(chain, one); });
  if (!claimed && claimed.error().id() == ErrorId::undone)
    return Error(claimed.error())
        .next(detail::restored_anew(plain_target(request.target), copy.claim.after, copy.claim.above));
  if (!claimed) return claimed.error();
  report.first = claimed->first;
  report.epoch = claimed->epoch;
  report.reason = entry.reason;
  {
    LIFEBOAT_TRY(
        const auto journal,
        Journal::open(
            {.folder = report.journal, .epoch = report.epoch, .first_sequence = report.first, .adopts = true}));
  }
  Loss loss{.basis = LossBasis::undone, .after = report.after, .fresh_epoch = report.epoch, .by = entry.actor};
  for (const StatementLine& line : copy.undone.lines)  // a file that settles them covers them
    if (line.time && (loss.since == Timestamp{} || *line.time < loss.since)) loss.since = *line.time;
  LIFEBOAT_TRY(const std::uint64_t above, doubt_epoch_on(*core.parts().medium, core.source_id()));
  if (!copy.undone.lines.empty()) LIFEBOAT_CHECK(open_loss(report.journal, loss, copy.undone.lines, nullptr, above));
  // A window that is gone is told from one that never was by this record.
  if (request.nothing_lost && copy.undone.lines.empty()) {
    loss.basis = LossBasis::zero;
    LIFEBOAT_CHECK(open_loss(report.journal, loss, {}, nullptr, above));
  }
  if (!request.nothing_lost) {
    loss.basis = LossBasis::unknown;
    loss.after = report.head;
    loss.since = claimed->head_time;
    report.ceiling = bound_of(copy.ceilings, report.head, request.stopped);
    if (report.ceiling) {
      loss.basis = LossBasis::bounded;
      loss.ceiling = *report.ceiling;
    }
    LIFEBOAT_CHECK(open_loss(report.journal, loss, {}, nullptr, above));
  }
  const auto folder = open_at(AT_FDCWD, report.journal.c_str(), O_RDONLY | O_DIRECTORY);
  int error = folder.error;
  // An engine can not open what root wrote in its folder.
  if (const auto whose = stat_of(folder.value.get());
      ::geteuid() == 0 && whose && whose.value.st_uid != 0 && error == 0)
    error = hand_over(folder.value.get(), whose.value.st_uid, whose.value.st_gid);
  if (error == 0) error = remove_file(folder.value.get(), restored_name);
  if (error == 0) error = sync_file(folder.value.get());
  if (error != 0)
    return Error{ErrorId::target_io, "the mark in " + report.journal + " can not be removed"}.because(error).next(
        "the same command again");
  return std::move(report);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
