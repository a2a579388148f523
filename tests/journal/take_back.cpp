// SPDX-License-Identifier: BSL-1.0
// What copies give back to the end of a journal: whole segments of it, records of other types, and nothing that does
// not follow.
#include <lifeboat/journal/take_back.hpp>

#include <filesystem>

#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;

/// A record that a journal learns of late: its schema begins a segment.
struct Levy {
  std::uint64_t cents;
};
BOOST_HANA_ADAPT_STRUCT(Levy, cents);

namespace test_take_back {

using namespace support;

namespace {

/// Asks one copy or the other, and remembers what it was told.
struct Asks final : TornTailPort {
  std::string replica;
  MediumPort* medium = nullptr;
  TornTail tail;
  bool told = false;
  std::string why;

  Position lacks{};  ///< another copy is known to have groups up to there

  void take_back(JournalEndPort& end) override {
    if (lacks != Position{}) end.lacks(lacks, Error{ErrorId::peer_lost, "the line breaks"});
    const Status asked =
        medium != nullptr ? take_back_from_medium(*medium, "ledger", end) : take_back_from_replica(replica, end);
    if (asked) return;
    why = asked.error().sentence();
    end.not_asked(asked.error());
  }
  Status torn(const TornTail&) override { return ok(); }
  void settled(const TornTail& what) override {
    tail = what;
    told = true;
  }
};

struct Copies {
  TempFolder folder;
  std::string path = folder / "j";
  std::string replica = folder / "r";
  std::unique_ptr<MediumPort> medium = std::move(*open_medium<Memory>({}));
  SystemRandom random;

  void ship() {
    auto copy = open_replica(replica);
    auto reader = reader_behind(path, copy->head());
    REQUIRE(reader);
    REQUIRE(lifeboat::ship(*reader, *copy));
    const auto done = ship_pieces(path, journal_end(path)->last, *medium, "ledger", random);
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
  }
  /// Fifteen groups at the copies; `old` is the journal with ten of them, and where it stood nothing is.
  void ship_fifteen() {
    append_payments(*open_journal(path), 1, 10);
    std::filesystem::copy(path, folder / "old");
    append_payments(*open_journal(path), 11, 15);
    ship();
    std::filesystem::remove_all(path);
  }
  std::unique_ptr<Journal> open(Asks& asks, std::uint64_t epoch = 0, std::uint64_t first = 0) {
    JournalConfig config = journal_of(path, epoch);
    config.first_sequence = first;
    config.tails = &asks;
    auto journal = Journal::open(std::move(config));
    INFO((journal ? std::string() : journal.error().sentence()));
    REQUIRE(journal);
    return std::move(*journal);
  }
};

}  // namespace

TEST_CASE("a journal that is put back to an earlier day gets all that its copies have, over segments") {
  Copies c;
  {
    const auto journal = open_journal(c.path);
    append_payments(*journal, 1, 20, 4);
  }
  std::filesystem::copy(c.path, c.folder / "old");
  {
    const auto journal = open_journal(c.path);
    append_payments(*journal, 21, 3000, 10);
    journal->append(payment_of(3001), Levy{25})
        .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
    append_payments(*journal, 3002, 3010);
  }
  c.ship();
  const auto head = journal_end(c.path).value();
  std::filesystem::remove_all(c.path);
  std::filesystem::rename(c.folder / "old", c.path);
  Asks asks;
  asks.replica = c.replica;
  SECTION("from a replica") {}
  SECTION("from a medium") { asks.medium = c.medium.get(); }
  auto journal = c.open(asks);
  CHECK(asks.why.empty());
  CHECK(asks.tail.taken == 2990);
  CHECK(asks.tail.bytes == 0);
  CHECK(journal->recovery().taken == 2990);
  CHECK(journal->recovery().last == 3010);
  CHECK(journal->durable() == Position{1, 3010});
  CHECK(journal_end(c.path).value() == head);
  append_payments(*journal, 3011, 3012);
  CHECK(payments_in(c.path).size() == 3012);
  journal.reset();
  CHECK(JournalReader::open(c.path)->verify()->last == Position{1, 3012});
  c.ship();
  asks.told = false;
  journal = c.open(asks);
  CHECK_FALSE(asks.told);
  CHECK(journal->recovery().taken == 0);
}

TEST_CASE("what one copy has and can not give another one gives, or the journal is not opened") {
  Copies c;
  c.ship_fifteen();
  std::filesystem::rename(c.folder / "old", c.path);
  Asks asks;
  asks.replica = c.replica;
  asks.lacks = {1, 16};
  JournalConfig config = journal_of(c.path);
  config.tails = &asks;
  const auto refused = Journal::open(config);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::peer_lost);
  asks.lacks = {1, 15};
  CHECK(c.open(asks)->recovery().last == 15);
  asks.lacks = {1, 12};  // it has them by now
  CHECK(c.open(asks)->recovery().last == 15);
}

TEST_CASE("nothing is taken that does not follow: another journal, another history, an epoch that begins") {
  Copies c;
  c.ship_fifteen();
  Asks asks;
  asks.replica = c.replica;
  SECTION("another journal") {
    { append_payments(*open_journal(c.path), 1, 10); }
    CHECK(c.open(asks)->recovery().last == 10);
    CHECK(asks.why.find("other groups behind 1:10") != std::string::npos);
  }
  SECTION("another history") {
    std::filesystem::rename(c.folder / "old", c.path);
    { append_payments(*open_journal(c.path), 99, 99); }
    CHECK(c.open(asks)->recovery().last == 11);
    CHECK(asks.why.find("other groups behind 1:11") != std::string::npos);
  }
  SECTION("an epoch that begins with the opening, and one that has begun") {
    std::filesystem::rename(c.folder / "old", c.path);
    { append_payments(*c.open(asks, 2, 100), 100, 101); }
    CHECK_FALSE(asks.told);
    SECTION("asked of a replica") {}
    SECTION("asked of a medium") { asks.medium = c.medium.get(); }
    CHECK(c.open(asks)->recovery().last == 101);
    CHECK_FALSE(asks.told);
  }
  SECTION("no copy there") {
    std::filesystem::rename(c.folder / "old", c.path);
    asks.replica = c.folder / "none";
    CHECK(c.open(asks)->recovery().last == 10);
    CHECK(asks.why.find("none") != std::string::npos);
  }
}

TEST_CASE("an epoch that has lost its groups gets them back") {
  Copies c;
  { append_payments(*open_journal(c.path), 1, 10); }
  Asks asks;
  {
    JournalConfig config = journal_of(c.path, 2);
    config.first_sequence = 100;
    REQUIRE(Journal::open(std::move(config)));
  }
  std::filesystem::copy(c.path, c.folder / "old");
  { append_payments(*open_journal(c.path), 100, 104); }
  c.ship();
  std::filesystem::remove_all(c.path);
  std::filesystem::rename(c.folder / "old", c.path);
  asks.replica = c.replica;
  SECTION("from a replica") {}
  SECTION("from a medium") { asks.medium = c.medium.get(); }
  CHECK(c.open(asks)->durable() == Position{2, 104});
  CHECK(asks.tail.taken == 5);
}

}  // namespace test_take_back
