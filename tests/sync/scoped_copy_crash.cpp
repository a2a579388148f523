// SPDX-License-Identifier: BSL-1.0
// Every call with which a pass changes a part's folder, one at a time: the process dies before it, dies after it, or
// the call fails. The next pass goes on, and makes what one pass makes from nothing. apply_intents_crash.cpp defines
// the calls that break.
#include <lifeboat/sync/scoped_copy.hpp>

#include "support/booked.hpp"
#include "support/break_each.hpp"
#include "support/broken_calls.hpp"
#include "support/journals.hpp"
#include "support/rounds.hpp"
#include "support/temp_folder.hpp"

namespace test_scoped_copy_crash {

using namespace lifeboat;
using support::BookedJournal;
using support::Ran;

namespace {

ScopedCopy copy_of(const std::string& journal, const std::string& folder) {
  auto copy =
      ScopedCopy::open({.journal = journal, .folder = folder, .only = {"account=42"}, .segment_length = 256U << 10U});
  REQUIRE(copy);
  return std::move(*copy);
}

}  // namespace

TEST_CASE("a pass that dies or fails at any call leaves a part that the next one goes on with") {
  const std::uint64_t seed = support::seed_or_any();
  INFO("LIFEBOAT_SEED=" << seed);
  const support::TempFolder folder(support::fast_place());
  const std::string journal = folder / "j";
  BookedJournal origin(journal, seed);
  const auto whole_now = [&](const char* name) {
    ScopedCopy copy = copy_of(journal, folder / name);
    REQUIRE(copy.sync({}));
    const auto end = journal_end(folder / name);
    REQUIRE(end);
    return *end;
  };
  // A first pass; and one that goes on into another epoch and a new record type.
  for (const bool first : {true, false}) {
    INFO("first " << first);
    if (first) {
      origin.append(60);
      (void)whole_now("begun");
    } else {
      origin.begin_paying_back();
      origin.append(40);
      origin.next_epoch(5);
      origin.append(40);
    }
    const JournalHead whole = whole_now(first ? "whole-first" : "whole");
    const std::string part = folder / "part";
    const auto work = [&] {
      auto copy =
          ScopedCopy::open({.journal = journal, .folder = part, .only = {"account=42"}, .segment_length = 256U << 10U});
      return copy && copy->sync({});
    };
    const int calls = support::break_each(
        [&] {
          std::filesystem::remove_all(part);
          if (!first) support::copy_over(folder / "begun", part);
        },
        work,
        [&](Ran ran) {
          ScopedCopy copy = copy_of(journal, part);
          if (ran == Ran::done) CHECK(copy.sync({})->items_sent == 0);
          const auto report = copy.sync({});
          INFO((report ? std::string() : report.error().sentence()));
          REQUIRE(report);
          CHECK(report->position == whole.last);
          CHECK(*journal_end(part) == whole);
          const auto note = read_part_note(part);
          REQUIRE((note && *note));
          CHECK((*note)->position == whole.last);
          const auto verdict = copy.verify({});
          REQUIRE(verdict);
          CHECK(verdict->equal);
          CHECK(verdict->items == origin.groups().size());
        },
        1, support::every_call_or(3));
    CHECK(calls > 10);
  }
}

}  // namespace test_scoped_copy_crash
