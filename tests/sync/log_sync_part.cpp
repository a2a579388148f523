// SPDX-License-Identifier: BSL-1.0
// A pipeline's log whose transport has a scope: what it ships to is a part, which no other part of the log counts as a
// copy.
#include <lifeboat/sync/log_sync.hpp>

#include <filesystem>

#include <lifeboat/core/random.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/verifier/structural.hpp>

#include "support/booked.hpp"
#include "support/scripted_source.hpp"
#include "support/temp_folder.hpp"

namespace test_log_sync_part {

using namespace lifeboat;

namespace {

struct Engine {
  support::TempFolder folder;
  std::string journal = folder / "j";
  std::string part = folder / "part";
  std::unique_ptr<MediumPort> medium = std::move(*open_medium<Memory>({}));
  SystemRandom random;

  [[nodiscard]] LogSync::Config config() const {
    return {.journal = journal,
            .to = {.replica = part, .segment_length = 256U << 10U, .only = {"account=42"}},
            .schemas = schemas_of<Booking, Remark>(),
            .segment_length = 256U << 10U,
            .queue_bytes = 32U << 10U,
            .recycle = true};
  }
  [[nodiscard]] LogSync open() const {
    auto sync = LogSync::open(config());
    INFO((sync ? std::string() : sync.error().sentence()));
    REQUIRE(sync);
    return std::move(*sync);
  }
  template <class Body>
  auto with(Body&& body) {
    support::ScriptedSource source;
    const auto structural = open_structural(StructuralId::sha256);
    const SystemClock clock;
    SyncContext context{source, **structural, **structural, clock, random, Budgets{}, {}, {}, medium.get(), "ledger"};
    return body(context);
  }
  SyncReport pass(LogSync& sync) {
    const auto report = with([&](SyncContext& context) { return sync.sync(context, {}); });
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    return *report;
  }
  SyncVerdict verify(LogSync& sync) {
    const auto verdict = with([&](SyncContext& context) { return sync.verify(context, {}); });
    INFO((verdict ? std::string() : verdict.error().sentence()));
    REQUIRE(verdict);
    return *verdict;
  }
  void to_medium(LogSync& sync) {
    REQUIRE(ship_pieces(journal, sync.log().journal().durable(), *medium, "ledger", random));
  }
};

void pay(LogSync& sync, std::uint64_t count) {
  for (std::uint64_t i = 0; i != count; ++i)
    REQUIRE(sync.log()
                .append<LocalDurable>({}, Booking{*Key::of("B-" + std::to_string(i)), {40 + i % 5}, {1}, {100, EUR}})
                .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                       [](Unknown) { return false; }));
}

}  // namespace

TEST_CASE("a log with a scope keeps a part in step, compares it, and has no copy") {
  Engine engine;
  LogSync sync = engine.open();
  CHECK_FALSE(sync.keeps_copy());
  CHECK(sync.compares());
  pay(sync, 100);
  const SyncReport report = engine.pass(sync);
  CHECK(report.items_sent == 100);
  CHECK(report.position == Position{1, 100});
  CHECK(engine.pass(sync).items_sent == 0);
  pay(sync, 10);
  const SyncVerdict verdict = engine.verify(sync);
  CHECK(verdict.equal);
  CHECK(verdict.items == 100);
  CHECK(verdict.moved_on_count == 10);
  // Nothing of what a standby needs lies there.
  for (const auto& entry : std::filesystem::directory_iterator(engine.part)) {
    const std::string name = entry.path().filename();
    CHECK((name.starts_with("segment-") || name == "spare" || name == "lock" || name == "scope"));
  }
  CHECK(is_part(JournalReader::open(engine.part)->header().schemas));
}

TEST_CASE("a journal that lost its end asks no part for it") {
  Engine engine;
  {
    LogSync sync = engine.open();
    pay(sync, 20);
    (void)engine.pass(sync);
    std::filesystem::copy(engine.journal, engine.folder / "before", std::filesystem::copy_options::recursive);
    pay(sync, 5);
    (void)engine.pass(sync);
  }
  std::filesystem::remove_all(engine.journal);
  std::filesystem::rename(engine.folder / "before", engine.journal);
  LogSync sync = engine.open();
  CHECK(sync.log().journal().recovery().taken == 0);
  CHECK(sync.log().durable<LocalDurable>() == Position{1, 20});
  const auto report = engine.with([&](SyncContext& context) { return sync.sync(context, {}); });
  REQUIRE_FALSE(report);
  CHECK(report.error().id() == ErrorId::diverged);
}

TEST_CASE("a part holds no recycling back, and takes from the medium what the journal keeps no more") {
  Engine engine;
  LogSync sync = engine.open();
  pay(sync, 100);
  (void)engine.pass(sync);
  pay(sync, 3000);
  engine.to_medium(sync);
  const Position all = sync.log().durable<LocalDurable>();
  REQUIRE(sync.recycle(all, Position{})->segments > 0);
  pay(sync, 10);
  CHECK(engine.pass(sync).position == Position{1, 3110});
  CHECK(engine.verify(sync).equal);
  // A folder that holds nothing begins where the medium does, which has all.
  std::filesystem::remove_all(engine.part);
  CHECK(engine.pass(sync).position == Position{1, 3110});
  CHECK(JournalReader::open(engine.part)->next()->value().position == Position{1, 1});
  // And where the medium has nothing, at the oldest group that the journal keeps.
  engine.medium = std::move(*open_medium<Memory>({}));
  std::filesystem::remove_all(engine.part);
  LogSync another = [&] {
    LogSync gone = std::move(sync);
    return gone;
  }();
  CHECK(engine.pass(another).position == Position{1, 3110});
  CHECK(JournalReader::open(engine.part)->next()->value().position.sequence > 1);
  CHECK(engine.verify(another).equal);
}

TEST_CASE("what a scope can not go with is refused before a journal is made") {
  Engine engine;
  const auto refused = [&](LogSync::Config config) {
    const auto sync = LogSync::open(std::move(config));
    REQUIRE_FALSE(sync);
    CHECK(sync.error().is_unchanged());
    return sync.error().id();
  };
  auto config = engine.config();
  config.to.reserve_groups = 100;
  CHECK(refused(config) == ErrorId::config);
  config = engine.config();
  config.to.replica.clear();
  CHECK(refused(config) == ErrorId::config);
  config = engine.config();
  config.to.exclude = {"=1"};
  CHECK(refused(config) == ErrorId::usage);
  CHECK_FALSE(std::filesystem::exists(engine.journal));
  config = engine.config();
  config.to.only = {"acount=42"};
  CHECK(refused(config) == ErrorId::path_unknown);
  CHECK_FALSE(std::filesystem::exists(engine.part));
}

}  // namespace test_log_sync_part
