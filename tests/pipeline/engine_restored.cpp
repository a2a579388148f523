// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "support/ledger.hpp"
#include "support/temp_folder.hpp"

namespace test_engine_restored {

using namespace lifeboat;
using support::Ledger;

namespace {

using LedgerEngine = Engine<Ledger, support::LedgerRecords>;

template <class T>
T must(Result<T> result) {
  INFO((result ? std::string() : result.error().sentence()));
  REQUIRE(result);
  return std::move(*result);
}

/// An engine that journals, applies, and is backed up now and then.
struct Life {
  support::TempFolder folder;
  std::unique_ptr<Journal> journal = support::open_ledger_journal(folder / "journal");
  Ledger ledger;
  std::uint64_t n = 0;

  void pay(std::uint64_t count) {
    for (const std::uint64_t end = n + count; n < end; ++n) {
      const Paid one = support::paid(n);
      const Opened two{n % 20, *FixedString<20>::of("owner " + std::to_string(n))};
      REQUIRE(apply_live<support::LedgerRecords>(ledger, support::appended(*journal, one, two), {}, one, two));
    }
  }
  typename LedgerEngine::Config source() {
    return {.id = "ledger", .state = &ledger, .space = {.folder = folder.path(), .memory = 256}};
  }
};

/// Loads what was restored, replays what the journal has behind it, and gives the digest.
std::string recovered(Life& life, const std::string& target, Position wanted) {
  Ledger ledger;
  const Position at = must(load_state(ledger, target + "/state"));
  CHECK(at == wanted);
  auto reader = must(JournalReader::open(life.folder / "journal", at));
  const ReplayReport report = must(replay<support::LedgerRecords>(ledger, reader, at));
  CHECK(report.to == Position{1, life.n});
  CHECK(report.groups == life.n - at.sequence);
  return support::digest(ledger);
}

}  // namespace

TEST_CASE("an engine is backed up while it runs, restored, loaded and replayed: its state is the one it had") {
  Life life;
  using Pipeline = DisasterRecoveryPipeline<Full, Memory, NoSync, Sha256, LedgerEngine>;
  auto pipeline = must(Pipeline::open({.source = life.source(), .medium = {}, .state = life.folder / "kept"}));
  life.pay(120);
  const BackupReport first = must(pipeline.backup());
  CHECK(first.record.facts.cut == CutKind::frozen);
  CHECK(first.record.facts.has_position);
  CHECK(first.record.facts.position == Position{1, 120});
  life.pay(30);
  const BackupReport second = must(pipeline.backup());
  CHECK(second.record.facts.position == Position{1, 150});
  life.pay(50);

  CHECK(must(pipeline.verify({.depth = Depth::restore})).report.good());
  must(pipeline.restore({.target = life.folder / "latest"}));
  must(pipeline.restore(
      {.target = life.folder / "first", .point = RestorePoint::at_archive(to_hex(first.record.facts.archive.view()))}));
  const std::string live = support::digest(life.ledger);
  CHECK(recovered(life, life.folder / "latest", {1, 150}) == live);
  CHECK(recovered(life, life.folder / "first", {1, 120}) == live);
}

TEST_CASE("increments of an engine's state store what changed, on a disk") {
  Life life;
  using Pipeline = DisasterRecoveryPipeline<Incremental, Disk, NoSync, Sha256, LedgerEngine>;
  auto pipeline = must(Pipeline::open({.source = life.source(),
                                       .medium = {.root = life.folder / "medium", .create = true},
                                       .state = life.folder / "kept"}));
  life.pay(10);
  must(pipeline.backup());
  const BackupReport unchanged = must(pipeline.backup());
  CHECK(unchanged.record.facts.strategy == StrategyId::incremental);
  CHECK(unchanged.record.facts.position == Position{1, 10});
  life.pay(10);
  const BackupReport changed = must(pipeline.backup());
  CHECK(changed.record.facts.position == Position{1, 20});
  must(pipeline.restore({.target = life.folder / "target"}));
  CHECK(recovered(life, life.folder / "target", {1, 20}) == support::digest(life.ledger));
}

TEST_CASE("a state that refuses to be saved leaves no archive") {
  Life life;
  using Pipeline = DisasterRecoveryPipeline<Full, Memory, NoSync, Sha256, LedgerEngine>;
  auto pipeline = must(Pipeline::open({.source = life.source(), .medium = {}, .state = life.folder / "kept"}));
  life.pay(1);
  life.ledger.refuse_to_save("closing the books");
  const auto refused = pipeline.backup();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::freeze_failed);
  CHECK(must(pipeline.list()).archives.empty());
  life.ledger.refuse_to_save("");
  must(pipeline.backup());
  CHECK(must(pipeline.list()).archives.size() == 1);
}

TEST_CASE("the journal goes to the medium too: what was lost with the machine comes back from the medium alone") {
  using Logged = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, LedgerEngine>;
  const support::TempFolder folder;
  Ledger ledger;
  std::string live;
  {
    auto pipeline = must(Logged::open({.source = {.id = "ledger", .state = &ledger},
                                       .medium = {.root = folder / "medium", .create = true},
                                       .sync = {.journal = folder / "journal"},
                                       .state = folder / "kept"}));
    const auto pay = [&](std::uint64_t from, std::uint64_t to) {
      for (std::uint64_t n = from; n <= to; ++n) {
        const Paid one = support::paid(n);
        pipeline.append(one).match(
            [&](Acked<LocalDurable> acked) {
              REQUIRE(apply_live<support::LedgerRecords>(ledger, acked.position, {}, one));
            },
            [](NotWritten) { FAIL("not written"); }, [](Unknown) { FAIL("unknown"); });
      }
    };
    pay(1, 40);
    CHECK(must(pipeline.backup()).record.facts.position == Position{1, 40});
    pay(41, 90);
    CHECK(must(pipeline.sync()).medium_position == Position{1, 90});
    live = support::digest(ledger);
    // A journal beside an engine's one file: the place in the target that its restore says.
    const RestorePlan plan = must(pipeline.plan_restore({.target = folder / "again"}));
    REQUIRE(plan.tail);
    CHECK(plan.tail->from == Position{1, 40});
    const RestoreReport restored = must(pipeline.restore({.target = folder / "again"}));
    CHECK(restored.position == Position{1, 90});
    const std::string journal = folder / ("again/" + plan.tail->place);
    Ledger again;
    const Position at = must(load_state(again, folder / "again/state"));
    CHECK(at == Position{1, 40});
    auto reader = must(JournalReader::open(journal, at));
    CHECK(must(replay<support::LedgerRecords>(again, reader, at)).groups == 50);
    CHECK(support::digest(again) == live);
  }
}

}  // namespace test_engine_restored
