// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/schedule/spent_journal.hpp>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "catch.hpp"
#include "support/put_entries.hpp"

namespace test_spent_journal {

using namespace lifeboat;

namespace {

/// Six pieces of 10 groups each in epoch 1, then two of epoch 2, which began behind group 45.
struct Shelf {
  MediumAdapter<Memory> medium{*Memory::open({})};
  Catalog catalog;
  ClockReading now;

  Shelf() {
    catalog.source = "s";
    for (std::uint64_t after = 0; after < 60; after += 10) put({1, after, after + 10, 0, 0});
    put({2, 45, 60, 0, 0});
    put({2, 60, 70, 0, 0});
    now.wall = {1'000'000, 0};
  }
  void put(const JournalPiece& piece) {
    auto writer = medium.create(piece_name("s", piece), {});
    REQUIRE(writer);
    REQUIRE((*writer)->write(as_bytes("a piece")));
    REQUIRE((*writer)->commit(Publish::if_absent));
  }
  ArchiveRecord archive(std::uint8_t id, Position position) {
    ArchiveRecord record;
    record.facts.archive.bytes[0] = std::byte{id};
    record.facts.has_position = position != Position{};
    record.facts.position = position;
    return record;
  }
  SpentJournal spent(std::optional<std::uint64_t> groups) {
    const auto found = spent_journal(medium, catalog, {.groups = groups}, now);
    REQUIRE(found);
    return *found;
  }
};

}  // namespace

TEST_CASE("what is spent lies below every archive, and further back than a client may ask") {
  Shelf shelf;
  CHECK(shelf.spent(0).pieces.empty());  // no archive: the journal is all that there is
  shelf.catalog.archives = {shelf.archive(1, {}), shelf.archive(2, {1, 30}), shelf.archive(3, {2, 65})};
  CHECK(shelf.spent(std::nullopt).pieces.empty());
  const SpentJournal two = shelf.spent(0);
  CHECK(two.pieces.size() == 2);  // the piece that ends at group 30 is where that archive goes on
  CHECK(two.upto == Position{1, 20});
  CHECK(two.bytes == 14);
  CHECK(shelf.spent(50).pieces.size() == 2);
  CHECK(shelf.spent(51).pieces.size() == 1);
  CHECK(shelf.spent(1000).pieces.empty());

  shelf.catalog.archives.erase(shelf.catalog.archives.begin() + 1);
  const SpentJournal more = shelf.spent(0);
  CHECK(more.upto == Position{2, 60});
  CHECK(more.pieces.size() == 7);
  CHECK(more.pieces.front().last == 60);  // what epoch 2 undid goes first, or it would be taken for history
  shelf.catalog.archives = {shelf.archive(3, {2, 70})};
  CHECK(shelf.spent(0).upto == Position{2, 60});  // the last piece is where the next one joins

  REQUIRE(remove_spent(shelf.medium, "s", more));
  const auto left = list_journal(shelf.medium, "s");
  REQUIRE(left);
  REQUIRE(left->pieces.size() == 1);
  CHECK(left->holds({2, 65}));
  CHECK(left->undone.empty());
}

TEST_CASE("an archive that a prune marked needs its pieces until its grace is over") {
  Shelf shelf;
  shelf.catalog.archives = {shelf.archive(2, {2, 65})};
  shelf.catalog.pruned = {shelf.archive(1, {1, 15})};
  ChainEntry entry;
  entry.kind = EntryKind::prune;
  entry.clock = shelf.now;
  entry.prune.goes = {shelf.catalog.pruned.front().facts.archive};
  entry.prune.grace_seconds = 60;
  shelf.catalog.entries = {entry};
  CHECK(shelf.spent(0).upto == Position{1, 10});
  shelf.now.boot_nanoseconds += 60'000'000'000;
  shelf.now.wall.seconds += 60;
  CHECK(shelf.spent(0).upto == Position{2, 60});
}

TEST_CASE("where the chain lacks something nothing is spent") {
  Shelf shelf;
  shelf.catalog.archives = {shelf.archive(2, {2, 65})};
  shelf.catalog.gaps = true;
  CHECK(shelf.spent(0).pieces.empty());
  shelf.catalog.gaps = false;
  shelf.catalog.findings.emplace_back();
  CHECK(shelf.spent(0).pieces.empty());
}

}  // namespace test_spent_journal
