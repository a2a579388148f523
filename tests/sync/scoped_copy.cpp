// SPDX-License-Identifier: BSL-1.0
// A part of a journal, by chance: what is in it is what the scope says, byte for byte, at the same positions; and pass by
// pass it becomes what one pass makes from nothing.
#include <lifeboat/sync/scoped_copy.hpp>

#include <lifeboat/journal/invariant_run.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>

#include <filesystem>
#include <fstream>

#include "support/booked.hpp"
#include "support/journals.hpp"
#include "support/rounds.hpp"
#include "support/temp_folder.hpp"

namespace test_scoped_copy {

using namespace lifeboat;
using support::BookedGroup;
using support::BookedJournal;

namespace {

/// A scope, and what it means, said in another way.
struct Meaning {
  std::vector<std::string> only;
  std::vector<std::string> exclude;
  bool (*takes)(const BookedGroup&);
};

const Meaning meanings[] = {
    {{"account=42"}, {}, [](const BookedGroup& g) { return g.accounts.contains(42); }},
    {{"account=42", "to=51"},
     {},
     [](const BookedGroup& g) { return g.accounts.contains(42) || g.accounts.contains(51); }},
    {{}, {"remark"}, [](const BookedGroup& g) { return !g.remarked; }},
    {{"amount>=100.00 EUR"}, {}, [](const BookedGroup& g) { return g.highest >= 10'000; }},
    {{"booking"},
     {"account=43", "remark"},
     [](const BookedGroup& g) { return g.highest != 0 && !g.accounts.contains(43) && !g.remarked; }},
    {{"remark"}, {"booking"}, [](const BookedGroup& g) { return g.remarked && g.highest == 0; }},
    {{"account>40"}, {"account!=44"}, [](const BookedGroup& g) {
       return std::any_of(g.accounts.begin(), g.accounts.end(), [](auto a) { return a > 40; }) &&
              std::all_of(g.accounts.begin(), g.accounts.end(), [](auto a) { return a == 44; });
     }},
};

ScopedCopy copy_of(const std::string& journal, const std::string& folder, std::vector<std::string> only,
                   std::vector<std::string> exclude = {}) {
  auto copy = ScopedCopy::open({.journal = journal,
                                .folder = folder,
                                .only = std::move(only),
                                .exclude = std::move(exclude),
                                .segment_length = 256U << 10U});
  INFO((copy ? std::string() : copy.error().sentence()));
  REQUIRE(copy);
  return std::move(*copy);
}
ScopedCopy copy_of(const std::string& journal, const std::string& folder, const Meaning& meaning) {
  return copy_of(journal, folder, meaning.only, meaning.exclude);
}

SyncReport pass(ScopedCopy& copy) {
  const auto report = copy.sync({});
  INFO((report ? std::string() : report.error().sentence()));
  REQUIRE(report);
  return *report;
}

SyncVerdict verified(ScopedCopy& copy) {
  const auto verdict = copy.verify({});
  INFO((verdict ? std::string() : verdict.error().sentence()));
  REQUIRE(verdict);
  return *verdict;
}

JournalHead end_of(const std::string& folder) {
  const auto end = journal_end(folder);
  REQUIRE(end);
  return *end;
}

/// Each group of the part against the journal's, and against what is known of it.
void check_part(const BookedJournal& origin, const std::string& part, const Meaning& meaning) {
  auto all = JournalReader::open(origin.folder());
  auto own = JournalReader::open(part);
  REQUIRE(all);
  REQUIRE(own);
  for (const BookedGroup& known : origin.groups()) {
    INFO("group " << to_text(known.position));
    const auto theirs = all->next();
    const auto mine = own->next();
    REQUIRE((theirs && *theirs));
    REQUIRE((mine && *mine));
    REQUIRE((*theirs)->position == known.position);
    REQUIRE((*mine)->position == known.position);
    REQUIRE((*mine)->time == (*theirs)->time);
    const ByteView bytes = (*mine)->frame.chained();
    if (meaning.takes(known)) {
      REQUIRE(std::equal(bytes.begin(), bytes.end(), (*theirs)->frame.chained().begin(),
                         (*theirs)->frame.chained().end()));
      continue;
    }
    REQUIRE((*mine)->frame.bytes.size() == left_out_bytes);
    REQUIRE((*mine)->frame.bytes.size() <= (*theirs)->frame.bytes.size());
    REQUIRE((*mine)->frame.flag() == GroupFlag::none);
    RecordsOfGroup records = (*mine)->records();
    const auto record = records.next();
    REQUIRE(record);
    REQUIRE(record->number == record_number<LeftOut>());
    REQUIRE(decode_record<LeftOut>(record->bytes)->records == known.records);
    REQUIRE_FALSE(records.next());
    REQUIRE(records.good());
  }
  REQUIRE_FALSE(*own->next());
  CHECK(JournalReader::open(part)->verify()->groups == origin.groups().size());
  auto reader = JournalReader::open(part);
  DebitsEqualCredits debits;
  GaplessSequence sequence;
  const auto reports = run_invariants(*reader, debits, sequence);
  REQUIRE(reports);
  CHECK(reports->at(0).holds);
  CHECK(reports->at(1).proven());
  std::uint64_t left_out = 0;
  for (const BookedGroup& known : origin.groups()) left_out += meaning.takes(known) ? 0 : known.records;
  CHECK(reports->at(0).not_covered == left_out);
}

std::uint64_t seed_here() {
  static std::uint64_t seed = support::seed_or_any();
  return seed;
}

}  // namespace

TEST_CASE("a part has what its scope says, and becomes pass by pass what one pass makes") {
  INFO("LIFEBOAT_SEED=" << seed_here());
  std::mt19937_64 random(seed_here());
  for (std::uint64_t round = 0; round != support::rounds_or(4); ++round) {
    const support::TempFolder folder;
    BookedJournal origin(folder / "j", random());
    origin.append(1 + origin.below(300));
    std::vector<ScopedCopy> copies;
    for (std::size_t i = 0; i != std::size(meanings); ++i) {
      copies.push_back(copy_of(folder / "j", folder / ("part-" + std::to_string(i)), meanings[i]));
      (void)pass(copies.back());
    }
    for (int step = 0; step != 6; ++step) {
      switch (origin.below(4)) {
        case 0: origin.next_epoch(origin.below(3) * 7); break;
        case 1: origin.begin_paying_back(); break;
        default: break;
      }
      origin.append(origin.below(400));
      for (std::size_t i = 0; i != copies.size(); ++i) {
        if (origin.below(3) == 0) continue;
        // Now and then it is another process that goes on.
        if (origin.below(2) == 0)
          copies[i] = copy_of(folder / "j", folder / ("part-" + std::to_string(i)), meanings[i]);
        CHECK(pass(copies[i]).position == end_of(folder / "j").last);
        CHECK(pass(copies[i]).items_sent == 0);
      }
    }
    for (std::size_t i = 0; i != copies.size(); ++i) {
      INFO("scope " << i);
      (void)pass(copies[i]);
      check_part(origin, copies[i].folder(), meanings[i]);
      ScopedCopy anew = copy_of(folder / "j", folder / ("anew-" + std::to_string(i)), meanings[i]);
      CHECK(pass(anew).position == origin.groups().back().position);
      CHECK(end_of(anew.folder()) == end_of(copies[i].folder()));
      const SyncVerdict verdict = verified(copies[i]);
      CHECK(verdict.equal);
      CHECK(verdict.items == origin.groups().size());
      CHECK(verdict.differences == 0);
    }
  }
}

}  // namespace test_scoped_copy
