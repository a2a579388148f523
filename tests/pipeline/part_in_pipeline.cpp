// SPDX-License-Identifier: BSL-1.0
// A pipeline whose log has a scope: its passes keep a part, its comparison compares that, and nothing else in it takes
// the part for a copy.
#include <filesystem>
#include <fstream>

#include <lifeboat/lifeboat.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_part_in_pipeline {

using namespace lifeboat;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

struct Stands final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

struct Bank {
  support::TempFolder folder;
  Stands hook;
  std::string part = folder / "for-3";
  std::optional<Pipeline> pipeline;

  Bank() {
    std::filesystem::create_directory(folder / "engine");
    open("engine", part);
  }
  Result<Pipeline> opened(const std::string& root, const std::string& to) {
    return Pipeline::open({.source = {.id = "bank", .root = folder / root, .freeze = &hook},
                           .medium = {.root = folder / "backup", .create = true},
                           .sync = {.journal = folder / root + "/journal",
                                    .to = {.replica = to, .segment_length = 256U << 10U, .only = {"account=3"}},
                                    .schemas = {schema_bytes<Payment>()},
                                    .segment_length = 256U << 10U,
                                    .queue_bytes = 32U << 10U,
                                    .recycle = true},
                           .keep_state = false});
  }
  void open(const std::string& root, const std::string& to) {
    pipeline.reset();
    auto made = opened(root, to);
    INFO((made ? std::string() : made.error().sentence()));
    REQUIRE(made);
    pipeline.emplace(std::move(*made));
  }
  void pay(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n) {
      const Payment payment{*Key::of("A-" + std::to_string(n)), {n % 7}, {100}, {100, EUR}};
      REQUIRE(pipeline->append(payment).match([](Acked<LocalDurable>) { return true; },
                                              [](NotWritten) { return false; }, [](Unknown) { return false; }));
      hook.applied = {1, n};
    }
  }
  SyncReport pass() {
    const auto report = pipeline->sync();
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    return *report;
  }
};

}  // namespace

TEST_CASE("a pipeline's passes keep a part in step, and its comparison is of that") {
  Bank bank;
  bank.pay(1, 50);
  CHECK(bank.pass().position == Position{1, 50});
  bank.pay(51, 60);
  auto verdict = bank.pipeline->verify_sync();
  REQUIRE(verdict);
  CHECK(verdict->equal);
  CHECK(verdict->items == 50);
  CHECK(verdict->moved_on_count == 10);
  CHECK(bank.pass().medium_position == Position{1, 60});
  // It can be rotten, and is told.
  std::fstream file(bank.part + "/segment-0000000001", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 + 30).put('x');
  file.close();
  verdict = bank.pipeline->verify_sync();
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().id() == ErrorId::corrupt);
}

TEST_CASE("a part whose disk is away holds back neither the medium nor what is recycled, and catches up from there") {
  Bank bank;
  bank.pay(1, 50);
  (void)bank.pass();
  std::filesystem::rename(bank.part, bank.folder / "away");
  std::ofstream(bank.part) << "no folder";
  bank.pay(51, 4000);
  REQUIRE(bank.pipeline->backup());
  CHECK_FALSE(bank.pipeline->sync());
  CHECK(JournalReader::open(bank.folder / "engine/journal")->header().number > 1);
  std::filesystem::remove(bank.part);
  std::filesystem::rename(bank.folder / "away", bank.part);
  bank.pay(4001, 4010);
  CHECK(bank.pass().position == Position{1, 4010});
  const auto verdict = bank.pipeline->verify_sync();
  REQUIRE(verdict);
  CHECK(verdict->equal);
  CHECK(JournalReader::open(bank.part)->verify()->groups == 4010);
}

TEST_CASE("a copy that was restored and is a part by now is not adopted, and nothing is claimed") {
  Bank bank;
  bank.pay(1, 30);
  REQUIRE(bank.pipeline->backup());
  (void)bank.pass();
  const std::string target = bank.folder / "again";
  REQUIRE(bank.pipeline->restore({.target = target}));
  auto copy = ScopedCopy::open({.journal = target + "/journal", .folder = bank.folder / "x", .only = {"account=3"}});
  REQUIRE(copy);
  REQUIRE(copy->sync({}));
  const std::string segment = "/segment-0000000001";
  std::filesystem::copy_file(bank.folder / "x" + segment, target + "/journal" + segment,
                             std::filesystem::copy_options::overwrite_existing);
  const auto adopted = bank.pipeline->adopt({.target = target, .nothing_lost = true});
  REQUIRE_FALSE(adopted);
  CHECK(adopted.error().id() == ErrorId::replica_strange);
  CHECK(adopted.error().is_unchanged());
  CHECK(bank.pipeline->list()->epoch == 1);
  CHECK(std::filesystem::exists(target + "/journal/restored"));
}

TEST_CASE("a pipeline is not opened over a part") {
  Bank bank;
  bank.pay(1, 30);
  (void)bank.pass();
  bank.pipeline.reset();
  std::filesystem::create_directory(bank.folder / "other");
  std::filesystem::copy(bank.part, bank.folder / "other/journal");
  const auto made = bank.opened("other", bank.folder / "y");
  REQUIRE_FALSE(made);
  CHECK(made.error().id() == ErrorId::replica_strange);
}

}  // namespace test_part_in_pipeline
