// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/journal/seen_groups.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/declared.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>
#include <lifeboat/record/invariants/nothing_goes_backwards.hpp>
#include <lifeboat/record/invariants/unique_keys.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Runs the invariants that need nothing but schemas over a journal that was restored: sequences without a gap, debits
/// equal to credits, keys that were decided on once and stand there once, and states that never go back; those that its
/// record types ask for by their meanings, of the newest segment's schemas; and the engine's `own`, which stand in
/// place of one that the meanings ask for by the same name. What each covered, and its first failure, is in its report.
/// Errors: those of the reader and of the invariants' memory; callback_threw.
template <class = void>
Result<std::vector<InvariantReport>> check_restored(const std::string& journal, MakeInvariants own = nullptr) {
  LIFEBOAT_TRY(JournalReader reader, JournalReader::open(journal));
  LIFEBOAT_TRY(const SegmentHeader newest, newest_header(journal));
  const DeclaredBooks books = declared_books(newest.schemas);
  const InvariantSpace space{.folder = journal};
  GaplessSequence gapless;
  DebitsEqualCredits balanced({.except = books.stating()});
  UniqueKeys unique({.space = space});
  NothingGoesBackwards forward({.space = space});
  InvariantAdapter<GaplessSequence> gapless_port(gapless);
  InvariantAdapter<DebitsEqualCredits> balanced_port(balanced);
  InvariantAdapter<UniqueKeys> unique_port(unique);
  InvariantAdapter<NothingGoesBackwards> forward_port(forward);
  std::vector<InvariantPort*> all = {&gapless_port, &balanced_port, &unique_port, &forward_port};
  Invariants owned;
  if (own != nullptr)
    LIFEBOAT_CHECK(guarded("the engine's invariants", [&] {
      owned = own(journal);
      return ok();
    }));
  const Invariants declared = declared_invariants(books, reader.header().after == 0, space);
  for (const std::unique_ptr<InvariantPort>& one : declared)
    if (std::none_of(owned.begin(), owned.end(), [&](const auto& mine) { return mine->name() == one->name(); }))
      all.push_back(one.get());
  for (const std::unique_ptr<InvariantPort>& one : owned) all.push_back(one.get());
  SeenGroups groups;
  while (true) {
    LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
    if (!group) break;
    LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, reader.header()));
    for (InvariantPort* const invariant : all) {
      if (invariant != &unique_port) {
        LIFEBOAT_CHECK(invariant->see(seen));
        continue;
      }
      // What merely names a key again, as a capture names its payment's, did not decide on it.
      if (!seen.once) continue;
      SeenGroup of_the_key = seen;
      of_the_key.records = {seen.decided(), seen.decided() == nullptr ? 0U : 1U};
      LIFEBOAT_CHECK(invariant->see(of_the_key));
    }
  }
  std::vector<InvariantReport> reports;
  for (InvariantPort* const invariant : all) {
    LIFEBOAT_TRY(reports.emplace_back(), invariant->finish());
  }
  return reports;
}

/// What a copy goes live despite: empty where all invariants hold. Errors: invariant, for the first that does not hold
/// and is not among those that are overridden by name.
template <class = void>
Result<std::string> despite_invariants(const std::vector<InvariantReport>& reports,
                                       const std::vector<std::string>& overridden) {
  std::string despite;
  for (const InvariantReport& report : reports) {
    if (report.holds) continue;
    if (std::find(overridden.begin(), overridden.end(), report.name) == overridden.end())
      return Error{ErrorId::invariant, to_text(report)}
          .next("--override " + report.name + "    # when that is known, and right")
          .unchanged();
    despite.append(despite.empty() ? "despite " : ", ").append(to_text(report));
  }
  return despite;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
