// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/no_sync.hpp>

#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"

namespace test_no_sync {

using namespace lifeboat;

namespace {

struct OwnRandom final : RandomPort {
  void fill(MutableBytes) override { ++asked; }
  int asked = 0;
};

struct Untouched final : SourcePort {
  Result<SourceFacts> facts() override {
    SourceFacts facts;
    facts.id = "ledger";
    return facts;
  }
  Status flush() override { return touch(); }
  Result<Cut> freeze() override {
    LIFEBOAT_CHECK(touch());
    return Cut{};
  }
  void thaw() noexcept override { ++touched; }
  Status scan(EntrySink&, std::stop_token) override { return touch(); }
  Status touch() {
    ++touched;
    return ok();
  }
  int touched = 0;
};

/// A model of the least that a sync is.
struct Mirror {
  struct Config {};
  static constexpr const char* name = "mirror";
  static constexpr bool has_log = false;
  static Result<Mirror> open(Config) { return Mirror{}; }
  Result<SyncReport> sync(SyncContext&, std::stop_token) { return SyncReport{}; }
  Result<SyncVerdict> verify(SyncContext&, std::stop_token) { return SyncVerdict{}; }
};
struct Log : Mirror {
  static constexpr bool has_log = true;
  static Result<Log> open(Config) { return Log{}; }
};
struct QuorumLog : Log {
  static constexpr unsigned failure_domains = 3;
  static Result<QuorumLog> open(Config) { return QuorumLog{}; }
};
struct NoVerify {
  struct Config {};
  static constexpr const char* name = "mirror";
  static constexpr bool has_log = false;
  static Result<NoVerify> open(Config) { return NoVerify{}; }
  Result<SyncReport> sync(SyncContext&, std::stop_token) { return SyncReport{}; }
};

}  // namespace

TEST_CASE("what a sync declares, and what it has when it says nothing") {
  STATIC_REQUIRE(Sync<NoSync>);
  STATIC_REQUIRE(Sync<Mirror>);
  STATIC_REQUIRE(Sync<Log>);
  STATIC_REQUIRE_FALSE(Sync<NoVerify>);
  STATIC_REQUIRE_FALSE(Sync<int>);
  STATIC_REQUIRE_FALSE(replicates<NoSync>());
  STATIC_REQUIRE(replicates<Mirror>());
  STATIC_REQUIRE(acknowledging_domains<Mirror>() == 0);
  STATIC_REQUIRE(acknowledging_domains<Log>() == 1);
  STATIC_REQUIRE(acknowledging_domains<QuorumLog>() == 3);
}

TEST_CASE("no sync looks at nothing, sends nothing and claims nothing") {
  auto sync = NoSync::open({});
  REQUIRE(sync);
  auto structural = open_structural(StructuralId::sha256);
  REQUIRE(structural);
  const testing::FakeClock clock;
  OwnRandom random;
  Untouched source;
  SyncContext context{.source = source,
                      .verifier = **structural,
                      .structural = **structural,
                      .clock = clock,
                      .random = random,
                      .budgets = {},
                      .state_folder = {}};
  const auto report = sync->sync(context, {});
  REQUIRE(report);
  CHECK(report->items_sent == 0);
  CHECK(report->items_removed == 0);
  CHECK(report->bytes_sent == 0);

  const auto verdict = sync->verify(context, {});
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().id() == ErrorId::combination);
  CHECK(verdict.error().sentence().find("ledger") != std::string::npos);
  CHECK(verdict.error().is_unchanged());
  CHECK(source.touched == 0);
  CHECK(random.asked == 0);
}

}  // namespace test_no_sync
