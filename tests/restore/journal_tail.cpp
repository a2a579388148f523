// SPDX-License-Identifier: BSL-1.0
// A time as the point of a restore, where the clock of the engine was set; tests/pipeline/journaled.cpp has the rest.
#include <lifeboat/restore/journal_tail.hpp>

#include <fstream>

#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/restore/undone.hpp>
#include <lifeboat/restore/write_tail.hpp>
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
  CHECK(shipped.before(300)->upto == Position{1, 3});
}

TEST_CASE("a time behind the last group that the medium has is refused: nobody knows what was paid until then") {
  Shipped shipped({100, 200, 300});
  for (const std::int64_t time : {301, 9'000, 20'000}) {
    const auto tail = shipped.before(time);
    REQUIRE_FALSE(tail);
    INFO(tail.error().sentence());
    CHECK(tail.error().id() == ErrorId::time_beyond_head);
    CHECK(tail.error().is_unchanged());
    CHECK(tail.error().next() == "--position 1:3");
    CHECK((tail.error().sentence().find("has not come yet") != std::string::npos) == (time > 10'000));
    CHECK(tail.error().sentence().find("1:3, is of 1970-01-01T00:05:00Z") != std::string::npos);
  }
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
  CHECK(archive.error().id() == ErrorId::undone);
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

namespace {

/// Thirty groups of one second each, in pieces of five, of which some are then removed or damaged.
struct Broken : Shipped {
  Broken() : Shipped({}) {
    testing::FakeClock clock;
    JournalConfig config = support::journal_of(folder / "k");
    config.clock = &clock;
    auto journal = Journal::open(config);
    REQUIRE(journal);
    SystemRandom random;
    for (std::uint64_t n = 1; n <= 30; ++n) {
      clock.set_wall({static_cast<std::int64_t>(n), 0});
      support::append_payments(**journal, n, n);
      if (n % 5 == 0) REQUIRE(ship_pieces(folder / "k", (*journal)->durable(), *medium, "ledger", random));
    }
  }
  ObjectName piece(std::size_t number) {
    return piece_name("ledger", list_journal(*medium, "ledger")->pieces.at(number));
  }
  void lose(std::size_t number) {
    const ObjectName name = piece(number);
    REQUIRE(medium->remove(std::span(&name, 1)));
  }
  void damage(std::size_t number) {
    const ObjectName name = piece(number);
    Bytes bytes = read_small_object(*medium, name).value();
    bytes[bytes.size() - 200] ^= std::byte{1};
    lose(number);
    REQUIRE(publish_object(*medium, name, bytes));
  }
};

}  // namespace

TEST_CASE("groups that are missing stop a restore that needs them, and no other") {
  for (const bool missing : {true, false}) {
    INFO((missing ? "missing" : "damaged"));
    Broken bank;
    const std::string id = bank.archive_at({1, 15});
    if (missing)
      bank.lose(3);  // 1:16 to 1:20
    else
      bank.damage(3);
    const std::uint64_t good = missing ? 15 : 19;
    const auto latest = bank.at(RestorePoint::at_latest());
    REQUIRE_FALSE(latest);
    INFO(latest.error().sentence());
    CHECK(latest.error().id() == (missing ? ErrorId::object_missing : ErrorId::damage));
    CHECK(latest.error().is_unchanged());
    CHECK(latest.error().next() == "--position 1:" + std::to_string(good) + "    # the last group before it");

    const auto before = bank.at(RestorePoint::at_position({1, good}));
    INFO((before ? std::string() : before.error().sentence()));
    REQUIRE(before);
    CHECK(before->undone.groups == 30 - good);
    CHECK(before->undone.unread == 20 - good);
    CHECK(before->undone.last == Position{1, 30});
    CHECK((before->undone.sums.at(EUR).minor == 100 * 10));
    CHECK(before->unkeyed == 0);
    CHECK(bank.at(RestorePoint::at_archive(id))->undone.groups == 15);
    CHECK(bank.at(RestorePoint::at_position({1, 3}))->undone.unread == 20 - good);
    const auto within = bank.at(RestorePoint::at_position({1, 20}));
    REQUIRE_FALSE(within);
    CHECK(within.error().next() == "--position 1:" + std::to_string(good) + "    # the last group before it");

    // By time: a point that is known not to lie among them can be given.
    CHECK(bank.before(10)->upto == Position{1, 9});
    CHECK(bank.before(30).error().next() == latest.error().next());  // needs them
    CHECK(bank.before(21).error().id() == latest.error().id());      // lies among them, or right behind
    const auto list = bank.folder / "list";
    REQUIRE(write_undone(*bank.medium, "ledger", *before, {list}, {}));
    std::ifstream file(list);
    std::size_t lines = 0;
    bool said = false;
    for (std::string line; std::getline(file, line); ++lines) said = said || line.find("\"unread\":\"") != line.npos;
    CHECK(lines == 11);
    CHECK(said);
  }
}

TEST_CASE("older groups that the state does not need are left out where that is asked for by name") {
  for (const bool missing : {true, false}) {
    INFO((missing ? "missing" : "damaged"));
    Broken bank;
    (void)bank.archive_at({1, 15});
    if (missing)
      bank.lose(1);  // 1:6 to 1:10
    else
      bank.damage(1);
    auto point = RestorePoint::at_latest();
    const auto named = bank.at(point);
    if (missing) {
      REQUIRE_FALSE(named);
      CHECK(named.error().id() == ErrorId::object_missing);
      CHECK(named.error().next().starts_with("--despite gap"));
    }
    point.despite_gap = true;
    const auto tail = bank.at(point);
    INFO((tail ? std::string() : tail.error().sentence()));
    REQUIRE(tail);
    CHECK(tail->upto == Position{1, 30});
    CHECK(tail->groups == 15);
    CHECK(tail->unkeyed == 10);
    CHECK(tail->history.pieces.front().after == 10);
    CHECK(tail->history.gaps.empty());
    support::TempFolder target;
    REQUIRE(write_tail(*bank.medium, "ledger",
                       [&] {
                         JournalTail written = *tail;
                         written.place = "journal";
                         return written;
                       }(),
                       target.path(), std::string("mark"), {}));
    CHECK(support::payments_in(target / "journal").size() == 20);
    // What the state needs is never left out.
    if (missing)
      bank.lose(3);
    else
      bank.damage(4);
    CHECK_FALSE(bank.at(point));
  }
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
