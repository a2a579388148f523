// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/compare_standby.hpp>
#include <lifeboat/sync/transport/replica_prover.hpp>

#include <filesystem>
#include <vector>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_compare_standby {

using namespace lifeboat;
using namespace support;

namespace {

/// A journal and a folder that holds the same, and a standby without a link between: questions are answered at once.
struct Sides {
  TempFolder folder;
  std::string journal = folder / "j";
  std::string replica = folder / "r";
  std::vector<std::uint32_t> asked;

  void ship_all() const {
    const auto there = open_replica(replica);
    auto reader = reader_behind(journal, there->head());
    REQUIRE(reader);
    REQUIRE(ship(*reader, *there, {.run_bytes = 1}));
  }
  Result<SyncVerdict> compare(std::uint32_t most = prove_batches_max) {
    const JournalHead head = open_replica(replica)->head();
    ReplicaProver prover(replica);
    std::uint64_t number = 0;
    asked.clear();
    const auto ask = [&](const JournalHead& after, std::uint32_t batches) -> Result<ProofMessage> {
      asked.push_back(batches);
      prover.ask({++number, after, std::min(batches, most)});
      while (true)
        if (auto proof = prover.read(head.last)) {
          CHECK(proof->number == number);
          CHECK_FALSE(prover.busy());
          return std::move(*proof);
        }
    };
    return StandbyComparison(journal, ask).run(head.last);
  }
};

}  // namespace

TEST_CASE("a journal and its replica are compared in parts of any size") {
  Sides sides;
  {
    const auto journal = open_journal(sides.journal);
    append_payments(*journal, 1, 60, 3);
    sides.ship_all();
    append_payments(*journal, 61, 70, 2);
  }
  for (const std::uint32_t most : {1U, 2U, 7U, prove_batches_max}) {
    const auto verdict = sides.compare(most);
    REQUIRE(verdict);
    CHECK(verdict->equal);
    CHECK(verdict->items == 60);
    CHECK(sides.asked.size() == (20 + most - 1) / most);
  }
}

TEST_CASE("the first batch that differs is found by halves, across epochs and segments") {
  Sides sides;
  append_payments(*open_journal(sides.journal), 1, 2000, 2);
  append_payments(*open_journal(sides.journal, 2), 2001, 2100, 2);
  std::filesystem::copy(sides.journal, sides.replica);
  append_payments(*open_journal(sides.journal, 2), 2101, 3000, 2);
  append_payments(*open_journal(sides.replica, 2), 2101, 3000, 2);
  const auto verdict = sides.compare();
  REQUIRE(verdict);
  CHECK_FALSE(verdict->equal);
  CHECK(verdict->items == 2100);
  CHECK(verdict->first_difference.find("the groups behind 2:2100 up to 2:2102 ") == 0);
  CHECK(sides.asked.size() < 40);
  CHECK(sides.asked.back() == 1);
}

TEST_CASE("what one of the two keeps no more is not missed") {
  Sides sides;
  append_payments(*open_journal(sides.journal), 1, 4000, 50);
  sides.ship_all();
  const auto numbers = [](const std::string& folder) {
    std::vector<std::filesystem::path> all;
    for (const auto& file : std::filesystem::directory_iterator(folder))
      if (file.path().filename().string().starts_with("segment-")) all.push_back(file.path());
    std::sort(all.begin(), all.end());
    return all;
  };
  REQUIRE(numbers(sides.journal).size() > 2);
  std::filesystem::remove(numbers(sides.journal).front());
  auto verdict = sides.compare();
  REQUIRE(verdict);
  CHECK(verdict->equal);
  CHECK(verdict->items == 4000);  // the chain of what is kept proves what was before it
  std::filesystem::remove(numbers(sides.replica)[0]);
  std::filesystem::remove(numbers(sides.replica)[1]);
  verdict = sides.compare(3);
  REQUIRE(verdict);
  CHECK(verdict->equal);
  CHECK(verdict->items < 4000);
  CHECK(verdict->items > 0);
}

TEST_CASE("a replica that ends before what it acknowledged is no equal one, and one that can not be read is an error") {
  Sides sides;
  append_payments(*open_journal(sides.journal), 1, 20, 2);
  sides.ship_all();
  const auto nothing = [&](const JournalHead& after, std::uint32_t) -> Result<ProofMessage> {
    ProofMessage end;
    end.begin = end.end = after;
    return end;
  };
  const auto short_one = StandbyComparison(sides.journal, nothing).run({1, 20});
  REQUIRE(short_one);
  CHECK_FALSE(short_one->equal);
  CHECK(short_one->first_difference.find("had acknowledged 1:20") != std::string::npos);
  const auto broken = [&](const JournalHead&, std::uint32_t) -> Result<ProofMessage> {
    ProofMessage why;
    why.id = ErrorId::medium_io;
    why.text = "no";
    return why;
  };
  CHECK(StandbyComparison(sides.journal, broken).run({1, 20}).error().id() == ErrorId::medium_io);
  std::filesystem::remove(sides.replica + "/segment-0000000001");
  ReplicaProver prover(sides.replica);
  prover.ask({1, {}, 5});
  const auto gone = prover.read({1, 20});
  REQUIRE(gone);
  CHECK(gone->id == ErrorId::object_missing);
}

}  // namespace test_compare_standby
