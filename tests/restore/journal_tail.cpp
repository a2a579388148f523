// SPDX-License-Identifier: BSL-1.0
// A time as the point of a restore, where the clock of the engine was set; tests/pipeline/journaled.cpp has the rest.
#include <lifeboat/restore/journal_tail.hpp>

#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"
#include "support/chain_of.hpp"
#include "support/claimed.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_journal_tail {

using namespace lifeboat;

namespace {

/// A journal on a medium whose groups were appended at these seconds, behind an archive of its beginning.
struct Shipped {
  support::TempFolder folder;
  std::unique_ptr<MediumPort> medium = open_medium<Memory>({}).value();
  Catalog catalog;

  explicit Shipped(const std::vector<std::int64_t>& times) {
    testing::FakeClock clock;
    JournalConfig config = support::journal_of(folder / "j");
    config.clock = &clock;
    auto journal = Journal::open(config);
    REQUIRE(journal);
    for (std::size_t i = 0; i < times.size(); ++i) {
      clock.set_wall({times[i], 0});
      support::append_payments(**journal, i + 1, i + 1);
    }
    SystemRandom random;
    REQUIRE(ship_pieces(folder / "j", (*journal)->durable(), *medium, "ledger", random));
    catalog.source = "ledger";
    catalog.archives = chains::chain_of("F");
    catalog.archives[0].facts.has_position = true;
    catalog.archives[0].facts.position = {1, 0};
  }

  Result<JournalTail> at(const RestorePoint& point) {
    ChosenArchive chosen;
    auto history = list_journal(*medium, "ledger");
    REQUIRE(history);
    return plan_tail(*medium, catalog, point, {10'000, 0}, *history, chosen, {});
  }
  Result<JournalTail> before(std::int64_t seconds) { return at(RestorePoint::at_time({seconds, 0})); }

  /// An archive that states a position, beside that of the beginning.
  std::string archive_at(Position position) {
    catalog.archives = chains::chain_of("FF");
    for (ArchiveRecord& record : catalog.archives) record.facts.has_position = true;
    catalog.archives[0].facts.position = {1, 0};
    catalog.archives[1].facts.position = position;
    return to_hex(catalog.archives[1].facts.archive.view());
  }
};

}  // namespace

TEST_CASE("a time means the groups before the first that is not earlier, where the clock went on") {
  Shipped shipped({100, 200, 200, 300});
  const auto tail = shipped.before(250);
  REQUIRE(tail);
  CHECK(tail->upto == Position{1, 3});
  CHECK(tail->groups == 3);
  CHECK(tail->undone.groups == 1);
  CHECK(shipped.before(200)->upto == Position{1, 1});
  CHECK(shipped.before(9'000)->upto == Position{1, 4});
}

TEST_CASE("where the clock was set back, a time that may mean two groups is refused, and both are named") {
  Shipped shipped({100, 300, 200, 400, 150, 500});
  for (const auto& [time, both] : {std::pair{250, "1:1 and 1:5"}, std::pair{350, "1:3 and 1:5"}}) {
    const auto tail = shipped.before(time);
    REQUIRE_FALSE(tail);
    INFO(tail.error().sentence());
    CHECK(tail.error().id() == ErrorId::clock_suspect);
    CHECK(tail.error().is_unchanged());
    CHECK(tail.error().sentence().ends_with(std::string("may mean ") + both));
    CHECK(tail.error().next() == std::string("--position ") + std::string(both).substr(0, 3));
  }
  CHECK(shipped.before(450)->upto == Position{1, 5});  // of this nobody can doubt
  const auto none = shipped.before(100);
  REQUIRE_FALSE(none);
  CHECK(none.error().id() == ErrorId::not_replayable);
}

TEST_CASE("what the chain says was undone comes back with no restore, and is refused by name") {
  Shipped shipped({100, 200, 300, 400, 500});
  const std::string newest = shipped.archive_at({1, 4});
  CHECK(shipped.at(RestorePoint::at_latest())->upto == Position{1, 5});
  // A copy was adopted at 1:3; it has shipped nothing yet.
  support::claim(*shipped.medium, "ledger", 2, {1, 3}, 6);
  const auto latest = shipped.at(RestorePoint::at_latest());
  INFO((latest ? std::string() : latest.error().sentence()));
  REQUIRE(latest);
  CHECK(latest->upto == Position{1, 3});
  CHECK(latest->from == Position{1, 0});
  CHECK(latest->groups == 3);
  CHECK(latest->undone.groups == 0);
  const auto earlier = shipped.at(RestorePoint::at_position({1, 2}));
  REQUIRE(earlier);
  CHECK(earlier->undone.groups == 1);
  const auto refused = shipped.at(RestorePoint::at_position({1, 4}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().sentence() ==
        "group 1:4 of ledger was undone: epoch 2 went on without it, and the last that counts is 1:3");
  CHECK(refused.error().next() == "--position 1:3");
  CHECK(shipped.at(RestorePoint::at_position({2, 6})).error().id() == ErrorId::time_beyond_head);
  const auto archive = shipped.at(RestorePoint::at_archive(newest));
  REQUIRE_FALSE(archive);
  CHECK(archive.error().id() == ErrorId::object_missing);
  CHECK(archive.error().next() == "--archive " + newest + " --despite chain    # the archive alone, with no journal");
}

TEST_CASE("where nobody can say what a claimed epoch left, a restore goes to a position that is named") {
  Shipped shipped({100, 200, 300});
  support::claim(*shipped.medium, "ledger", 2, {1, 2}, 4);
  const ObjectName name = chain_entry_name("ledger", 2, 1);
  REQUIRE(shipped.medium->remove(std::span(&name, 1)));
  REQUIRE(publish_object(*shipped.medium, name, Bytes(100)));
  const auto refused = shipped.at(RestorePoint::at_latest());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::chain_broken);
  CHECK(refused.error().next() == "--position 1:3");
  CHECK(shipped.at(RestorePoint::at_position({1, 3}))->upto == Position{1, 3});
}

TEST_CASE("where no group before the first one is earlier, the other candidate can be asked for") {
  Shipped shipped({300, 100, 400});
  const auto tail = shipped.before(200);
  REQUIRE_FALSE(tail);
  CHECK(tail.error().id() == ErrorId::clock_suspect);
  CHECK(tail.error().sentence().ends_with("may mean none of them and 1:2"));
  CHECK(tail.error().next() == "--position 1:2");
}

}  // namespace test_journal_tail
