// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/take_pieces.hpp>

#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "support/claimed.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_take_pieces {

using namespace lifeboat;
using namespace support;

namespace {

struct Shipped {
  TempFolder folder;
  std::unique_ptr<MediumPort> medium = std::move(*open_medium<Memory>({}));
  SystemRandom random;

  Position ship(const std::string& journal) {
    const auto done = ship_pieces(journal, journal_end(journal)->last, *medium, "ledger", random);
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    return done->last;
  }
};

}  // namespace

TEST_CASE("a replica takes from a medium what it lacks, from the beginning or behind what it has") {
  Shipped s;
  const auto journal = open_journal(s.folder / "j");
  const auto replica = open_replica(s.folder / "r");
  CHECK(take_pieces(*s.medium, "ledger", *replica)->groups == 0);
  append_payments(*journal, 1, 40, 4);
  s.ship(s.folder / "j");
  append_payments(*journal, 41, 70, 3);
  s.ship(s.folder / "j");
  auto taken = take_pieces(*s.medium, "ledger", *replica, {.run_bytes = 2000});
  INFO((taken ? std::string() : taken.error().sentence()));
  REQUIRE(taken);
  CHECK(taken->groups == 70);
  CHECK(taken->last == Position{1, 70});
  CHECK(replica->head() == *journal_end(s.folder / "j"));
  append_payments(*journal, 71, 72);
  s.ship(s.folder / "j");
  taken = take_pieces(*s.medium, "ledger", *replica);
  REQUIRE(taken);
  CHECK(taken->last == Position{1, 72});
  CHECK(payments_in(s.folder / "r") == payments_in(s.folder / "j"));
  // Further than the medium: nothing is to be taken.
  append_payments(*journal, 73, 75);
  auto reader = reader_behind(s.folder / "j", replica->head());
  REQUIRE(ship(*reader, *replica));
  CHECK(take_pieces(*s.medium, "ledger", *replica)->last == Position{1, 75});
  // And goes on from the journal itself.
  CHECK(replica->journal() == header_of(s.folder / "j").journal);
}

TEST_CASE("a replica that an epoch elsewhere went on without takes nothing") {
  Shipped s;
  {
    const auto journal = open_journal(s.folder / "j");
    append_payments(*journal, 1, 20, 5);
  }
  s.ship(s.folder / "j");
  const auto ahead = open_replica(s.folder / "ahead");
  {
    const auto behind = open_replica(s.folder / "behind");
    REQUIRE(take_pieces(*s.medium, "ledger", *behind));
  }
  {
    append_payments(*open_journal(s.folder / "j"), 21, 30, 5);
    auto reader = JournalReader::open(s.folder / "j");
    REQUIRE(ship(*reader, *ahead));
  }
  append_payments(*open_journal(s.folder / "behind", 2), 31, 33);
  s.ship(s.folder / "behind");
  const auto refused = take_pieces(*s.medium, "ledger", *ahead);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::diverged);
  CHECK(ahead->last() == Position{1, 30});
  // One that ends where the epoch began goes on with it.
  const auto fresh = open_replica(s.folder / "fresh");
  const auto taken = take_pieces(*s.medium, "ledger", *fresh);
  REQUIRE(taken);
  CHECK(payments_in(s.folder / "fresh") == payments_in(s.folder / "behind"));
}

TEST_CASE("a replica takes nothing that the chain says was left, and none goes on that has it") {
  Shipped s;
  const auto journal = open_journal(s.folder / "j");
  append_payments(*journal, 1, 30, 5);
  s.ship(s.folder / "j");
  const auto ahead = open_replica(s.folder / "ahead");
  REQUIRE(take_pieces(*s.medium, "ledger", *ahead)->last == Position{1, 30});
  // A copy is adopted at 1:18, and has not paid yet.
  claim(*s.medium, "ledger", 2, {1, 18}, 31);
  const auto fresh = open_replica(s.folder / "fresh");
  const auto taken = take_pieces(*s.medium, "ledger", *fresh);
  INFO((taken ? std::string() : taken.error().sentence()));
  REQUIRE(taken);
  CHECK(taken->last == Position{1, 18});
  const auto refused = take_pieces(*s.medium, "ledger", *ahead);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::diverged);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().sentence() == "epoch 2 of ledger went on without group 1:30, with which the replica ends");
  CHECK_FALSE(refused.error().next().empty());
  // And who still writes in the old epoch ships nothing behind it.
  append_payments(*journal, 31, 32);
  const auto shipped = ship_pieces(s.folder / "j", journal->durable(), *s.medium, "ledger", s.random);
  REQUIRE_FALSE(shipped);
  CHECK(shipped.error().id() == ErrorId::fenced);
}

TEST_CASE("a medium that lacks groups in between gives a replica none of those behind") {
  Shipped s;
  const auto journal = open_journal(s.folder / "j");
  for (std::uint64_t n = 0; n < 3; ++n) {
    append_payments(*journal, n * 10 + 1, n * 10 + 10);
    s.ship(s.folder / "j");
  }
  const ObjectName name = piece_name("ledger", list_journal(*s.medium, "ledger")->pieces[1]);
  REQUIRE(s.medium->remove(std::span(&name, 1)));
  const auto replica = open_replica(s.folder / "r");
  const auto refused = take_pieces(*s.medium, "ledger", *replica);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::object_missing);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().sentence() == "the medium lacks the groups behind 1:10 up to 1:20 of the journal of ledger");
  CHECK(replica->last() == Position{});
  // The journal has them still: the next pass brings them again.
  const auto again = ship_pieces(s.folder / "j", journal->durable(), *s.medium, "ledger", s.random);
  REQUIRE(again);
  CHECK(again->filled == 10);
  CHECK(again->gaps.empty());
  CHECK(take_pieces(*s.medium, "ledger", *replica)->last == Position{1, 30});
  CHECK(payments_in(s.folder / "r") == payments_in(s.folder / "j"));
}

TEST_CASE("a medium that begins later than a replica ends does not fill the gap") {
  Shipped s;
  const auto journal = open_journal(s.folder / "j");
  append_payments(*journal, 1, 20);
  s.ship(s.folder / "j");
  append_payments(*journal, 21, 30);
  s.ship(s.folder / "j");
  const JournalPiece first = list_journal(*s.medium, "ledger")->pieces.front();
  const ObjectName name = piece_name("ledger", first);
  REQUIRE(s.medium->remove(std::span(&name, 1)));
  const auto replica = open_replica(s.folder / "r");
  const auto refused = take_pieces(*s.medium, "ledger", *replica);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::object_missing);
  CHECK(refused.error().sentence().find("from behind 1:20 on") != std::string::npos);
}

}  // namespace test_take_pieces
