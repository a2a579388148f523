// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/reader.hpp>

#include <filesystem>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/ship.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

/// A type that no opening is told of.
struct ReadLate {
  std::uint64_t number;
};
BOOST_HANA_ADAPT_STRUCT(ReadLate, number);

namespace test_reader {

using namespace lifeboat;

namespace {

std::unique_ptr<Journal> open_journal(const std::string& folder) {
  auto journal = Journal::open({.folder = folder,
                                .segment_length = 256U << 10U,
                                .queue_bytes = 32U << 10U,
                                .schemas = {schema_bytes<Payment>()}});
  REQUIRE(journal);
  return std::move(*journal);
}

void append(Journal& journal, std::uint64_t count) {
  for (std::uint64_t n = 1; n <= count; ++n) {
    const auto outcome = journal.append(Payment{*Key::of("K-" + std::to_string(n)), {n}, {n + 1}, {100, EUR}});
    outcome.match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  }
}

}  // namespace

TEST_CASE("batches follow each other by their chains, and hold what single groups do") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append(*journal, 3000);  // some segments
  for (int i = 0; i < 3; ++i) (void)journal->submit(Payment{});
  journal->submit(Payment{}).match([&](Position p) { (void)journal->wait(p); }, [](NotWritten) { FAIL(); });

  auto by_batch = JournalReader::open(folder / "j");
  auto by_group = JournalReader::open(folder / "j");
  REQUIRE(by_batch);
  REQUIRE(by_group);
  std::uint64_t next = 1;
  ChainValue chain{};
  while (true) {
    const auto batch = by_batch->next_batch();
    REQUIRE(batch);
    if (*batch == nullptr) break;
    REQUIRE((*batch)->first == next);
    REQUIRE((*batch)->before == chain);
    Bytes frames;
    for (; next <= (*batch)->last; ++next) {
      const auto group = by_group->next();
      REQUIRE(group);
      REQUIRE(*group);
      REQUIRE((*group)->position == Position{1, next});
      frames.insert(frames.end(), (*group)->frame.bytes.begin(), (*group)->frame.bytes.end());
    }
    REQUIRE(frames == (*batch)->frames);
    chain = (*batch)->chain;
  }
  CHECK(next == 3005);
  CHECK_FALSE(*by_group->next());
}

TEST_CASE("a reader begins where it is asked to, in whatever segment that lies") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  append(*journal, 4000);
  for (const std::uint64_t from : {0U, 1U, 2U, 1230U, 1231U, 1232U, 1233U, 2500U, 3999U, 4000U}) {
    INFO("from " << from);
    auto reader = JournalReader::open(folder / "j", {1, from});
    REQUIRE(reader);
    const auto group = reader->next();
    REQUIRE(group);
    REQUIRE(*group);
    CHECK((*group)->position == Position{1, std::max<std::uint64_t>(from, 1)});
    auto batches = JournalReader::open(folder / "j", {1, from});
    const auto batch = batches->next_batch();
    REQUIRE(batch);
    CHECK((*batch)->first <= std::max<std::uint64_t>(from, 1));
    CHECK((*batch)->last >= from);
  }
  // What is not there yet comes when it is.
  auto reader = JournalReader::open(folder / "j", {1, 4003});
  REQUIRE(reader);
  CHECK_FALSE(*reader->next());
  append(*journal, 5);
  const auto group = reader->next();
  REQUIRE(*group);
  CHECK((*group)->position == Position{1, 4003});
}

TEST_CASE("an epoch that leaves out sequences begins again where record types come before its first group") {
  const support::TempFolder folder;
  append(*open_journal(folder / "j"), 2);
  const auto claimed = [&](std::vector<Bytes> schemas) {
    auto journal = Journal::open({.folder = folder / "j",
                                  .segment_length = 256U << 10U,
                                  .queue_bytes = 32U << 10U,
                                  .schemas = std::move(schemas),
                                  .epoch = 2,
                                  .first_sequence = 51});
    REQUIRE(journal);
    return std::move(*journal);
  };
  claimed({schema_bytes<Payment>()});                              // as an adoption does
  claimed({schema_bytes<Payment>(), schema_bytes<Everything>()});  // a program that knows more starts, and dies
  {
    const auto journal = claimed({});
    journal->append(ReadLate{7}).match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
  }
  append(*open_journal(folder / "j"), 1);

  const auto walked = [](JournalReader reader) {
    std::vector<Position> all;
    while (true) {
      const auto group = reader.next();
      INFO((group ? std::string() : group.error().sentence()));
      REQUIRE(group);
      if (!*group) return all;
      all.push_back((*group)->position);
    }
  };
  const std::vector<Position> all{{1, 1}, {1, 2}, {2, 51}, {2, 52}};
  CHECK(walked(*JournalReader::open(folder / "j")) == all);
  CHECK(walked(*JournalReader::open(folder / "j", {2, 51})) == std::vector<Position>(all.begin() + 2, all.end()));
  CHECK(JournalReader::open(folder / "j")->verify()->segments == 4);

  // A copy that follows has the same groups, in segments of its own.
  auto from = JournalReader::open(folder / "j");
  auto replica = JournalReplica::open({.folder = folder / "copy", .segment_length = 256U << 10U});
  REQUIRE(replica);
  REQUIRE(ship(*from, **replica));
  CHECK(walked(*JournalReader::open(folder / "copy")) == all);
}

TEST_CASE("a segment that is shorter than it says is read up to where it ends") {
  const support::TempFolder folder;
  {
    const auto journal = open_journal(folder / "j");
    append(*journal, 20);
  }
  for (const std::uintmax_t length : {4096U, 4100U, 4300U, 4800U}) {
    std::filesystem::resize_file(folder / "j/segment-0000000001", length);
    auto reader = JournalReader::open(folder / "j");
    REQUIRE(reader);
    std::uint64_t groups = 0;
    for (auto group = reader->next(); group && *group; group = reader->next()) ++groups;
    CHECK(groups < 20);
    CHECK_FALSE(*reader->next());  // and asked again
  }
}

}  // namespace test_reader
