// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/seeding.hpp>

#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/recycle.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "support/two_sides.hpp"

namespace test_seeding {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

/// A primary that has let go of its first segments, and a medium that has all of them.
struct Recycled : BothEnds {
  std::unique_ptr<MediumPort> medium = std::move(*open_medium<Memory>({}));
  std::unique_ptr<Journal> log;
  Position kept{};

  Recycled() {
    log = open_journal(journal);
    append_payments(*log, 1, 6000, 20);
    SystemRandom random;
    REQUIRE(ship_pieces(journal, {1, 6000}, *medium, "ledger", random));
  }
  void recycle() {
    REQUIRE(*recycle_segments(journal, {1, 6000}) > 0);
    kept = journal_begin(journal)->last;
    REQUIRE(kept.sequence > 0);
    REQUIRE(kept.sequence < 6000);
  }
};

}  // namespace

TEST_CASE("a standby that lacks what its primary keeps no more takes it from the repository, then follows") {
  Recycled two;
  Told told;
  auto config = two.receiver();
  config.medium = two.medium.get();
  config.source = "ledger";
  config.log = told.sink();
  SECTION("an empty one") { two.recycle(); }
  SECTION("one that is too far behind") {
    const auto replica = open_replica(two.replica);
    auto reader = JournalReader::open(two.journal);
    REQUIRE(ship(*reader, *replica, {.bytes = 1, .run_bytes = 1}));
    two.recycle();
    REQUIRE(replica->last() < two.kept);
  }
  append_payments(*two.log, 6001, 6010);
  const auto receiver = opened(TcpReceiver::open(config));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  REQUIRE(shipper->wait({1, 6010}, soon()));
  CHECK(told.wait_for(ErrorId::object_missing).find("it takes them from the repository") != std::string::npos);
  const auto there = payments_in(two.replica);
  REQUIRE(there.size() == 6010);
  CHECK(there.front() == 1);
  CHECK(there.back() == 6010);
}

TEST_CASE("without a repository the standby says what it needs of which journal, and what to type") {
  Recycled two;
  two.recycle();
  Told told;
  auto config = two.receiver();
  config.log = told.sink();
  const auto receiver = opened(TcpReceiver::open(config));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  const std::string said = told.wait_for(ErrorId::object_missing);
  CHECK(said == "the standby needs the groups behind 0:0 up to " + to_text(two.kept) + " of the journal " +
                    to_hex(header_of(two.journal).journal.bytes) + ", which the primary keeps no more");
  CHECK(receiver->status().refusal->next().find("lifeboat restore --medium MEDIUM --id SOURCE --target NEW") == 0);
  CHECK(receiver->durable() == Position{});
  for (const Moment until = soon(); !shipper->status().refusal && std::chrono::steady_clock::now() < until;)
    std::this_thread::yield();
  REQUIRE(shipper->status().refusal);
  CHECK(shipper->status().refusal->id() == ErrorId::object_missing);
  CHECK(shipper->status().refusal->sentence().find(said) != std::string::npos);
}

TEST_CASE("an empty replica begins with the oldest that the primary keeps, where its state holds what was before") {
  Recycled two;
  two.recycle();
  auto config = two.receiver();
  config.held = {1, two.kept.sequence - 1};
  {
    Told told;
    config.log = told.sink();
    const auto receiver = opened(TcpReceiver::open(config));
    const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
    CHECK_FALSE(told.wait_for(ErrorId::object_missing).empty());
  }
  config.log = {};
  config.held = two.kept;
  const auto receiver = opened(TcpReceiver::open(config));
  const auto shipper = opened(TcpShipper::open(two.shipper(receiver->port())));
  REQUIRE(shipper->wait({1, 6000}, soon()));
  CHECK(payments_in(two.replica).front() == two.kept.sequence + 1);
  CHECK(payments_in(two.replica) == payments_in(two.journal));
}

TEST_CASE("an epoch that left out sequences begins behind a group of an earlier one") {
  const TempFolder folder;
  {
    append_payments(*open_journal(folder / "j"), 1, 10);
    JournalConfig config = journal_of(folder / "j", 2);
    config.first_sequence = 50;
    const auto journal = Journal::open(config);
    REQUIRE(journal);
    append_payments(**journal, 50, 51);
  }
  CHECK(journal_begin(folder / "j")->last == Position{});
  REQUIRE(*recycle_segments(folder / "j", {2, 51}) == 1);
  const auto begin = journal_begin(folder / "j");
  REQUIRE(begin);
  CHECK(begin->last == Position{1, 10});
  ReplicaConfig config = replica_of(folder / "r");
  config.begins = *begin;
  const auto replica = JournalReplica::open(config);
  REQUIRE(replica);
  auto reader = reader_behind(folder / "j", (*replica)->head());
  REQUIRE(reader);
  REQUIRE(ship(*reader, **replica));
  CHECK((*replica)->last() == Position{2, 51});
}

}  // namespace test_seeding
