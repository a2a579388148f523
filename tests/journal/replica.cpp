// SPDX-License-Identifier: BSL-1.0
// What a replica takes, what it has already, and what it refuses with nothing changed.
#include <lifeboat/journal/replica.hpp>

#include <filesystem>
#include <numeric>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_replica {

using namespace lifeboat;
using namespace support;

namespace {

std::vector<std::uint64_t> counted(std::uint64_t to) {
  std::vector<std::uint64_t> all(to);
  std::iota(all.begin(), all.end(), 1U);
  return all;
}

/// Refused with this id, and the replica stands where it stood.
std::string refused(JournalReplica& replica, const SegmentHeader& origin, std::vector<JournalBatch> batches,
                    ErrorId id) {
  const JournalHead before = replica.head();
  const auto answer = replica.receive(origin, shipped(batches));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().id() == id);
  CHECK(answer.error().is_unchanged());
  CHECK(replica.head() == before);
  return answer.error().sentence();
}

}  // namespace

TEST_CASE("a replica takes batches in order, over segments of its own, and reads like the journal") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append_payments(*journal, 1, 3000, 20);
  const auto all = batches_of(folder / "j");
  const auto origin = header_of(folder / "j");
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{7}, all.size()}) {
    const std::string here = folder / ("r" + std::to_string(at_once));
    auto replica = open_replica(here);
    CHECK(replica->head() == JournalHead{});
    CHECK(replica->journal() == Id{});
    for (std::size_t i = 0; i < all.size(); i += at_once) {
      const auto answer = replica->receive(origin, shipped(all, i, at_once));
      INFO((answer ? std::string() : answer.error().sentence()));
      REQUIRE(answer);
      REQUIRE(*answer == Position{1, all[std::min(i + at_once, all.size()) - 1].last});
    }
    CHECK(replica->chain() == all.back().chain);
    CHECK(replica->journal() == origin.journal);
    CHECK(payments_in(here) == counted(3000));  // while it is open: what was received is known to be durable
    CHECK(std::filesystem::exists(here + "/segment-0000000002"));
    replica.reset();
    CHECK(JournalReader::open(here)->verify().has_value());
    replica = open_replica(here);
    CHECK(replica->head() == JournalHead{{1, 3000}, all.back().chain});
    CHECK(replica->recovery().cut_bytes == 0);
    CHECK(payments_in(here) == counted(3000));
  }
}

TEST_CASE("what a replica has is skipped, and a difference in it is another history") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append_payments(*journal, 1, 20, 2);
  const auto origin = header_of(folder / "j");
  auto batches = batches_of(folder / "j");
  auto replica = open_replica(folder / "r");
  REQUIRE(replica->receive(origin, shipped(batches)));
  // All of it again, any part of it, and some that is new behind it.
  CHECK(*replica->receive(origin, shipped(batches)) == Position{1, 20});
  CHECK(*replica->receive(origin, shipped(batches, 3, 2)) == Position{1, 20});
  append_payments(*journal, 21, 24, 2);
  batches = batches_of(folder / "j");
  CHECK(*replica->receive(origin, shipped(batches, 8)) == Position{1, 24});
  CHECK(payments_in(folder / "r") == counted(24));

  // One that went another way: from the beginning, and from the middle.
  const auto other = open_journal(folder / "o");
  append_payments(*other, 101, 124, 2);
  auto fork = batches_of(folder / "o");
  CHECK(refused(*replica, origin, {fork[4]}, ErrorId::diverged).find("two histories") != std::string::npos);
  const std::string said = refused(*replica, origin, {fork.back()}, ErrorId::diverged);
  CHECK(said.find(head_text(replica->head())) != std::string::npos);
  CHECK(said.find(head_text({{1, 24}, fork.back().chain})) != std::string::npos);
  // The same groups, flushed in another way.
  const auto single = open_journal(folder / "s");
  append_payments(*single, 1, 24);
  refused(*replica, origin, {batches_of(folder / "s")[10]}, ErrorId::diverged);
  CHECK(payments_in(folder / "r") == counted(24));
}

TEST_CASE("a gap, another order and another journal are refused") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append_payments(*journal, 1, 10);
  const auto origin = header_of(folder / "j");
  const auto b = batches_of(folder / "j");
  auto replica = open_replica(folder / "r");
  CHECK(refused(*replica, origin, {b[1]}, ErrorId::object_missing).find("ends at 0:0") != std::string::npos);
  REQUIRE(replica->receive(origin, shipped(std::vector{b[0], b[1]})));
  const std::string gap = refused(*replica, origin, {b[5]}, ErrorId::object_missing);
  CHECK(gap.find("ends at 1:2") != std::string::npos);
  CHECK(gap.find("1:6") != std::string::npos);
  refused(*replica, origin, {b[2], b[4]}, ErrorId::object_missing);
  refused(*replica, origin, {b[3], b[2]}, ErrorId::object_missing);
  refused(*replica, origin, {b[2], b[2]}, ErrorId::diverged);
  CHECK(replica->last() == Position{1, 2});

  const auto other = open_journal(folder / "o");
  append_payments(*other, 1, 3);
  refused(*replica, header_of(folder / "o"), batches_of(folder / "o"), ErrorId::replica_strange);
}

TEST_CASE("no shipped byte can be another one") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append_payments(*journal, 1, 4, 2);
  const auto origin = header_of(folder / "j");
  const auto good = batches_of(folder / "j");
  auto replica = open_replica(folder / "r");
  REQUIRE(replica->receive(origin, shipped(std::vector{good[0]})));
  for (std::size_t at = 0; at < good[1].frames.size(); ++at) {
    JournalBatch bad = good[1];
    bad.frames[at] ^= std::byte{0x10};
    CAPTURE(at);
    const std::size_t in_frame = at % (good[1].frames.size() / 2);
    if (in_frame < 8) continue;  // the check of the place it was read from: the replica makes its own
    refused(*replica, origin, {bad}, ErrorId::corrupt);
  }
  for (std::size_t length = 0; length < good[1].frames.size(); length += 8) {
    JournalBatch bad = good[1];
    bad.frames.resize(length);
    refused(*replica, origin, {bad}, ErrorId::corrupt);
  }
  JournalBatch bad = good[1];
  bad.chain[0] ^= std::byte{1};
  refused(*replica, origin, {bad}, ErrorId::corrupt);
  bad = good[1];
  bad.before[0] ^= std::byte{1};
  refused(*replica, origin, {bad}, ErrorId::diverged);
  bad = good[1];
  ++bad.last;
  refused(*replica, origin, {bad}, ErrorId::corrupt);
  // A good one before a bad one is not taken either: a run is taken whole.
  append_payments(*journal, 5, 6, 2);
  auto run = batches_of(folder / "j");
  run[2].frames[100] ^= std::byte{1};
  refused(*replica, origin, run, ErrorId::corrupt);
  REQUIRE(replica->receive(origin, shipped(std::vector{good[1]})));
  CHECK(payments_in(folder / "r") == counted(4));
}

TEST_CASE("a new epoch is joined, a left one is refused") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 5);
  }
  auto replica = open_replica(folder / "r");
  const auto first = batches_of(folder / "j");
  const auto old_header = header_of(folder / "j");
  REQUIRE(replica->receive(old_header, shipped(first)));
  std::filesystem::copy(folder / "j", folder / "old");
  {
    auto config = journal_of(folder / "j", 4);
    config.first_sequence = 100;
    const auto promoted = Journal::open(config);
    REQUIRE(promoted);
    append_payments(**promoted, 6, 8);
  }
  const auto all = batches_of(folder / "j");
  REQUIRE(all.back().epoch == 4);
  REQUIRE(all.back().last == 102);
  // Without its own past, and with all of it.
  CHECK(*replica->receive(header_of(folder / "j"), shipped(std::vector{all[5]})) == Position{4, 100});
  CHECK(*replica->receive(header_of(folder / "j"), shipped(all)) == Position{4, 102});
  CHECK(payments_in(folder / "r") == counted(8));
  replica.reset();
  CHECK(JournalReader::open(folder / "r")->verify().has_value());
  replica = open_replica(folder / "r");
  CHECK(replica->head() == JournalHead{{4, 102}, all.back().chain});
  // The one that was left behind: what both have is no news, what it went on to write is refused.
  {
    const auto left = open_journal(folder / "old");
    append_payments(*left, 66, 68);
  }
  CHECK(*replica->receive(old_header, shipped(first)) == Position{4, 102});
  const auto past = batches_of(folder / "old");
  CHECK(refused(*replica, old_header, {past[5]}, ErrorId::fenced).find("epoch 4") != std::string::npos);
  refused(*replica, old_header, past, ErrorId::fenced);
  // A second one that claims an epoch above, without what stands here.
  {
    const auto usurper = open_journal(folder / "old", 5);
    append_payments(*usurper, 77, 78);
  }
  const auto usurped = batches_of(folder / "old");
  refused(*replica, old_header, {usurped.back()}, ErrorId::diverged);
}

TEST_CASE("a promoted replica is a journal, and its other copies follow it") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 2000, 40);
  }
  {
    const auto replica = open_replica(folder / "r");
    REQUIRE(replica->receive(header_of(folder / "j"), shipped(batches_of(folder / "j"))));
    const auto locked = Journal::open(journal_of(folder / "r", 2));
    REQUIRE_FALSE(locked);
    CHECK(locked.error().id() == ErrorId::busy);
  }
  {
    const auto promoted = open_journal(folder / "r", 2);
    append_payments(*promoted, 2001, 2010);
  }
  CHECK(payments_in(folder / "r") == counted(2010));
  // The former origin rewinds to nothing here: its copy has no groups of its own, so it can follow.
  const auto back = open_replica(folder / "j");
  CHECK(*back->receive(header_of(folder / "r"), shipped(batches_of(folder / "r"))) == Position{2, 2010});
  CHECK(payments_in(folder / "j") == counted(2010));
}

TEST_CASE("a record type that comes later stands in the replica's segments") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 3);
  }
  const auto replica = open_replica(folder / "r");
  REQUIRE(replica->receive(header_of(folder / "j"), shipped(batches_of(folder / "j"))));
  CHECK(replica->schemas().size() == 1);
  auto config = journal_of(folder / "j");
  config.schemas.push_back(schema_bytes<Everything>());
  const auto journal = Journal::open(config);
  REQUIRE(journal);
  append_payments(**journal, 4, 5);
  REQUIRE(replica->receive(header_of(folder / "j"), shipped(batches_of(folder / "j"))));
  CHECK(replica->schemas().size() == 2);
  CHECK(header_of(folder / "r").schemas == header_of(folder / "j").schemas);
  CHECK(payments_in(folder / "r") == counted(5));
}

TEST_CASE("a replica that is seeded goes on from where it is told to") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append_payments(*journal, 1, 9);
  const auto all = batches_of(folder / "j");
  auto config = replica_of(folder / "r");
  config.begins = JournalHead{{1, 6}, all[5].chain};
  auto replica = JournalReplica::open(config);
  REQUIRE(replica);
  CHECK((*replica)->last() == Position{1, 6});
  refused(**replica, header_of(folder / "j"), {all[7]}, ErrorId::object_missing);
  CHECK(*(*replica)->receive(header_of(folder / "j"), shipped(all)) == Position{1, 9});
  CHECK(payments_in(folder / "r") == std::vector<std::uint64_t>{7, 8, 9});
}

TEST_CASE("a replica's config, its lock and a batch that does not fit") {
  const support::TempFolder folder;
  CHECK(JournalReplica::open({}).error().id() == ErrorId::config);
  CHECK(JournalReplica::open({.folder = folder / "r", .segment_length = 4096}).error().id() == ErrorId::config);
  CHECK_FALSE(std::filesystem::exists(folder / "r"));
  const auto one = open_replica(folder / "r");
  CHECK(JournalReplica::open(replica_of(folder / "r")).error().id() == ErrorId::busy);

  auto wide = journal_of(folder / "j");
  wide.segment_length = 1U << 20U;
  wide.queue_bytes = 512U << 10U;
  const auto journal = Journal::open(wide);
  REQUIRE(journal);
  append_payments(**journal, 1, 1000, 1000);
  refused(*one, header_of(folder / "j"), batches_of(folder / "j"), ErrorId::limit);
}

}  // namespace test_replica
