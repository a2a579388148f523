// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/ship.hpp>

#include <atomic>
#include <filesystem>
#include <thread>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_ship {

using namespace lifeboat;
using namespace support;

namespace {

JournalReader reader_for(const std::string& journal, const JournalReplica& replica) {
  auto reader = reader_behind(journal, replica.head());
  INFO((reader ? std::string() : reader.error().sentence()));
  REQUIRE(reader);
  return std::move(*reader);
}

ErrorId refusal(const std::string& journal, const JournalHead& head) {
  const auto reader = reader_behind(journal, head);
  return reader ? ErrorId::usage : reader.error().id();
}

}  // namespace

TEST_CASE("a pass brings a replica in step, and the next one goes on behind it") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  const auto replica = open_replica(folder / "r");
  append_payments(*journal, 1, 100, 4);
  {
    JournalReader reader = reader_for(folder / "j", *replica);
    const auto report = ship(reader, *replica);
    REQUIRE(report);
    CHECK(report->groups == 100);
    CHECK(report->batches == 25);
    CHECK(report->last == Position{1, 100});
    CHECK(report->caught_up);
    append_payments(*journal, 101, 110);  // the same reader goes on
    CHECK(ship(reader, *replica)->groups == 10);
    CHECK(ship(reader, *replica)->groups == 0);
  }
  append_payments(*journal, 111, 120);
  JournalReader reader = reader_for(folder / "j", *replica);
  CHECK(ship(reader, *replica)->groups == 10);
  // From the very beginning: all is there already.
  auto again = JournalReader::open(folder / "j");
  CHECK(ship(*again, *replica)->last == Position{1, 120});
  CHECK(payments_in(folder / "r") == payments_in(folder / "j"));
}

TEST_CASE("a budget ends a pass, and a stop token ends it sooner") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  const auto replica = open_replica(folder / "r");
  append_payments(*journal, 1, 60, 2);
  JournalReader reader = reader_for(folder / "j", *replica);
  const auto report = ship(reader, *replica, {.bytes = 1000, .run_bytes = 600});
  REQUIRE(report);
  CHECK_FALSE(report->caught_up);
  CHECK(report->bytes >= 1000);
  CHECK(report->groups < 20);
  std::stop_source stop;
  stop.request_stop();
  CHECK(ship(reader, *replica, {.stop = stop.get_token()}).error().id() == ErrorId::interrupted);
  CHECK(ship(reader, *replica)->last == Position{1, 60});
}

TEST_CASE("a journal that is written meanwhile is followed") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  const auto replica = open_replica(folder / "r");
  std::atomic<bool> wrote{false};
  std::thread writer([&] { wrote = appended(*journal, 1, 3000, 7); });
  JournalReader reader = reader_for(folder / "j", *replica);
  while (replica->last().sequence < 3000) {
    const auto report = ship(reader, *replica);
    INFO((report ? std::string() : report.error().sentence()));
    if (!report) writer.join();
    REQUIRE(report);
    std::this_thread::yield();
  }
  writer.join();
  CHECK(wrote);
  CHECK(payments_in(folder / "r") == payments_in(folder / "j"));
}

TEST_CASE("a copy goes on where it stands, and a journal with another history there says so") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 1300, 10);  // some segments
  }
  const auto all = batches_of(folder / "j");
  for (const JournalBatch& batch : all) {
    const JournalHead head{{1, batch.last}, batch.chain};
    auto reader = reader_behind(folder / "j", head);
    REQUIRE(reader);
    const auto next = reader->next_batch();
    REQUIRE(next);
    if (batch.last == 1300)
      CHECK(*next == nullptr);
    else
      REQUIRE((*next)->before == batch.chain);
    JournalHead other = head;
    other.chain[5] ^= std::byte{1};
    REQUIRE(refusal(folder / "j", other) == ErrorId::diverged);
    other = {{1, batch.last - 1}, batch.chain};  // no flush ended there
    REQUIRE(refusal(folder / "j", other) == ErrorId::diverged);
  }
  // A copy that has more than the journal: the journal lost something.
  CHECK(refusal(folder / "j", {{1, 1301}, all.back().chain}) == ErrorId::diverged);
  const auto lost = reader_behind(folder / "j", {{1, 1310}, ChainValue{}});
  REQUIRE_FALSE(lost);
  CHECK(lost.error().sentence().find(head_text({{1, 1300}, all.back().chain})) != std::string::npos);
  CHECK(lost.error().sentence().find("1:1310") != std::string::npos);
  // The epoch after it: with no group in it yet, and with one.
  (void)open_journal(folder / "j", 2);
  for (int i = 0; i < 2; ++i) {
    CHECK(refusal(folder / "j", {{1, 1300}, all.back().chain}) == ErrorId::usage);
    CHECK(refusal(folder / "j", {{2, 1300}, all.back().chain}) == ErrorId::usage);
    CHECK(refusal(folder / "j", {{1, 1305}, all.back().chain}) == ErrorId::diverged);
    CHECK(refusal(folder / "j", {{1, 1300}, all.front().chain}) == ErrorId::diverged);
    if (i == 0) append_payments(*open_journal(folder / "j", 2), 1301, 1302);
  }
}

TEST_CASE("what is kept no more is gone, but for a copy that stands right before what is kept") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append_payments(*journal, 1, 3000, 10);
  }
  const auto all = batches_of(folder / "j");
  std::filesystem::remove(folder / "j/segment-0000000001");
  const auto kept = batches_of(folder / "j");
  const std::uint64_t first = kept.front().first;
  REQUIRE(first > 1);
  CHECK(refusal(folder / "j", {}) == ErrorId::object_missing);
  CHECK(refusal(folder / "j", {{1, 10}, all[0].chain}) == ErrorId::object_missing);
  CHECK(refusal(folder / "j", {{1, first - 1}, all[0].chain}) == ErrorId::diverged);
  auto reader = reader_behind(folder / "j", {{1, first - 1}, kept.front().before});
  REQUIRE(reader);
  CHECK((*reader->next_batch())->first == first);
}

}  // namespace test_ship
