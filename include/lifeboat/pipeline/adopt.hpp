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

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// A line "NAME VALUE" of a restored journal's mark; empty where it has none.
template <class = void>
std::string mark_value(std::string_view mark, std::string_view name) {
  for (std::size_t at = 0; at < mark.size();) {
    const std::size_t end = std::min(mark.find('\n', at), mark.size());
    const std::string_view line = mark.substr(at, end - at);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ')
      return std::string(line.substr(name.size() + 1));
    at = end + 1;
  }
  return {};
}

template <class = void>
Result<std::string> read_mark(const std::string& journal, const std::string& target) {
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
  return std::string(as_text({text, got.value}));
}

/// A restored copy that waits, and what its adoption rests on.
struct WaitingCopy {
  AdoptReport report;
  std::vector<StatementLine> undone;
  std::vector<Reservation> ceilings;
};

/// Looks at the copy. Errors: object_missing (nothing waits there), source_unknown, config, those of the readers.
template <class = void>
Result<WaitingCopy> look_at_copy(Core& core, const AdoptRequest& request) {
  WaitingCopy copy;
  AdoptReport& report = copy.report;
  MediumPort& medium = *core.parts().medium;
  LIFEBOAT_TRY(const std::string place, journal_place(medium, core.source_id()));
  report.journal = request.target + "/" + place;
  LIFEBOAT_TRY(const std::string mark, read_mark(report.journal, request.target));
  if (mark_value(mark, "source") != core.source_id())
    return Error{ErrorId::source_unknown,
                 request.target + " was restored of " + mark_value(mark, "source") + ", not of " + core.source_id()}
        .next("--id " + shell_quoted(mark_value(mark, "source")))
        .unchanged();
  LIFEBOAT_TRY(report.invariants, check_restored(report.journal, core.parts().invariants));
  if (mark_value(mark, "undone") != "0") {
    LIFEBOAT_TRY(copy.undone, undone_payments(request.target + ".undone.jsonl"));
  }
  report.undone_keys = copy.undone.size();
  report.unknown_loss = !request.nothing_lost;
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(report.journal));
  LIFEBOAT_TRY(const JournalVerdict verdict, reader.verify());
  report.after = verdict.last;
  LIFEBOAT_TRY(copy.ceilings, ceilings_on(medium, core.source_id()));
  LIFEBOAT_TRY(const ClaimedEpoch next, next_epoch(medium, core.source_id(), {report.after, report.after}));
  if (next.head_time != Timestamp{}) LIFEBOAT_CHECK(check_stopped(request.stopped, next.head_time));
  report.head = next.head;
  report.first = next.first;
  report.epoch = next.epoch;
  if (report.unknown_loss) report.ceiling = bound_of(copy.ceilings, report.head, request.stopped);
  return copy;
}

}  // namespace detail

/// What an adoption would come to, whoever holds the epoch, and whatever invariant does not hold; nothing is changed.
/// Who claims between takes that epoch. Errors: object_missing (nothing waits there), source_unknown, config (the
/// engine was there after it is said to have stopped), those of the medium and of the readers.
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
/// source_unknown, invariant, holders (others may go on without this claim), config, those of the chain and of
/// Journal::open.
template <class = void>
Result<AdoptReport> adopt(Core& core, const AdoptRequest& request, const Actor& actor) {
  LIFEBOAT_CHECK(check_holders(request.holders, true, request.lost));
  LIFEBOAT_TRY(detail::WaitingCopy copy, detail::look_at_copy(core, request));
  AdoptReport& report = copy.report;
  LIFEBOAT_TRY(const std::string despite, despite_invariants(report.invariants, request.override));
  ChainEntry entry;
  core.sign(entry, actor);
  entry.reason = recorded_reason(request.lost, entry.reason);
  if (!despite.empty()) entry.reason.append(entry.reason.empty() ? "" : "; ").append(despite);
  LIFEBOAT_TRY(const ClaimedEpoch claimed,
               claim_epoch(core.repository(), core.source_id(), {report.after, report.after}, entry,
                           [&](Catalog& chain, ChainEntry& one) { return core.record(chain, one); }));
  report.head = claimed.head;
  report.first = claimed.first;
  report.epoch = claimed.epoch;
  report.reason = entry.reason;
  {
    LIFEBOAT_TRY(
        const auto journal,
        Journal::open(
            {.folder = report.journal, .epoch = report.epoch, .first_sequence = report.first, .adopts = true}));
  }
  Loss loss{.basis = LossBasis::undone, .after = report.after, .fresh_epoch = report.epoch, .by = entry.actor};
  for (const StatementLine& line : copy.undone)  // a file that settles them covers them
    if (line.time && (loss.since == Timestamp{} || *line.time < loss.since)) loss.since = *line.time;
  if (!copy.undone.empty()) LIFEBOAT_CHECK(open_loss(report.journal, loss, copy.undone));
  if (!request.nothing_lost) {
    loss.basis = LossBasis::unknown;
    loss.after = report.head;
    loss.since = claimed.head_time;
    report.ceiling = bound_of(copy.ceilings, report.head, request.stopped);
    if (report.ceiling) {
      loss.basis = LossBasis::bounded;
      loss.ceiling = *report.ceiling;
    }
    LIFEBOAT_CHECK(open_loss(report.journal, loss));
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
