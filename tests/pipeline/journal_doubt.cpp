// SPDX-License-Identifier: BSL-1.0
// A doubt window that is gone is not one that never was: for the engine, for its medium, and for who adopts.
#include <lifeboat/pipeline/journal_doubt.hpp>

#include <filesystem>
#include <fstream>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

namespace test_journal_doubt {

using namespace lifeboat;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Records<Payment>>>;

struct Still final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

/// An engine that paid, of which the medium has all, and an archive behind the first.
struct Bank {
  support::TempFolder folder;
  Still still;
  std::optional<Pipeline> engine;

  Bank() {
    std::filesystem::create_directory(folder / "engine");
    REQUIRE(open("engine"));
    CHECK(pay(1) == "acked 1:1");
    still.applied = {1, 1};
    REQUIRE(engine->backup());
    for (std::uint64_t n = 2; n <= 6; ++n) CHECK(pay(n) == "acked 1:" + std::to_string(n));
    REQUIRE(engine->sync());
  }
  Status open(const std::string& name, std::uint64_t epoch = 0) {
    engine.reset();
    LIFEBOAT_TRY(Pipeline opened, Pipeline::open({.source = {.id = "ledger", .root = folder / name, .freeze = &still},
                                                  .medium = {.root = folder / "backup", .create = true},
                                                  .sync = {.journal = folder / name + "/journal", .epoch = epoch},
                                                  .keep_state = false}));
    engine.emplace(std::move(opened));
    return ok();
  }
  std::string pay(std::uint64_t n) {
    const Payment payment{*Key::of("A-" + std::to_string(n)), {1}, {2}, {static_cast<std::int64_t>(n) * 100, EUR}};
    return engine->append_once(payment).match(
        [](Acked<LocalDurable> a) { return "acked " + to_text(a.position); },
        [](Already a) { return "already " + to_text(a.position); }, [](InDoubt) { return std::string("in doubt"); },
        [](NotWritten r) { return "not written " + std::string(to_string(r.id)); },
        [](Unknown) { return std::string("unknown"); });
  }
  /// Restores to 1:`upto`, where the medium has up to 1:6, and lets the copy go live.
  void go_back(const std::string& name, std::uint64_t upto, bool nothing_lost = true) {
    REQUIRE(engine->restore(
        {.target = folder / name, .point = RestorePoint::at_position({1, upto}), .accept_undone = 6 - upto}));
    const auto adopted = engine->adopt({.target = folder / name, .nothing_lost = nothing_lost});
    INFO((adopted ? std::string() : adopted.error().sentence()));
    REQUIRE(adopted);
    const Status opened = open(name);
    INFO((opened ? std::string() : opened.error().sentence()));
    REQUIRE(opened);
  }
  [[nodiscard]] std::string doubt(const std::string& name) const { return doubt_folder(folder / name + "/journal"); }
  /// The objects of the window on the medium, oldest first.
  [[nodiscard]] std::vector<std::filesystem::path> pieces() const {
    std::vector<std::filesystem::path> found;
    for (const auto& one : std::filesystem::directory_iterator(folder / "backup/journal/ledger.doubt"))
      found.push_back(one.path());
    std::sort(found.begin(), found.end());
    return found;
  }
};

std::string told(const Status& status) {
  return status ? "ok" : std::string(to_string(status.error().id())) + ": " + status.error().sentence();
}

}  // namespace

TEST_CASE("an engine whose doubt window is gone does not start: what was in doubt would be paid again") {
  Bank bank;
  bank.go_back("copy", 4);
  CHECK(bank.pay(5) == "in doubt");
  bank.engine.reset();
  SECTION("its folder") { std::filesystem::remove_all(bank.doubt("copy")); }
  SECTION("all that was in it") {
    std::filesystem::remove_all(bank.doubt("copy"));
    std::filesystem::create_directory(bank.doubt("copy"));
  }
  SECTION("another one is in its place, which knows of no loss") {
    std::filesystem::remove_all(bank.doubt("copy"));
    REQUIRE(DoubtWindow::open({.folder = bank.doubt("copy"), .create = true}));
  }
  const Status opened = bank.open("copy");
  CHECK(told(opened).starts_with("LB-OBJECT-MISSING: epoch 2 may have begun with a loss or an undoing, and "));
  REQUIRE_FALSE(opened);
  CHECK(opened.error().next().starts_with("lifeboat doubt --journal "));
}

TEST_CASE("a key that was closed as paid is answered so, with where it was where a list had it") {
  Bank bank;
  bank.go_back("copy", 4, false);
  CHECK(bank.pay(5) == "in doubt");
  REQUIRE(bank.engine->doubt()->close_key("A-5", KeyVerdict::paid, {.by = "ann"}));
  REQUIRE(bank.engine->doubt()->close_key("A-9", KeyVerdict::paid, {.by = "ann"}));
  CHECK(bank.pay(5) == "already 1:5");
  CHECK(bank.pay(9) == "already 0:0");  // of it nothing else is known
  CHECK(bank.pay(6) == "in doubt");
}

TEST_CASE("an adoption that loses and undoes nothing leaves a record of that, and its engine pays what is new") {
  Bank bank;
  bank.go_back("copy", 6);
  CHECK(bank.pay(7) == "acked 2:7");
  REQUIRE(bank.engine->sync());
  bank.engine.reset();
  const auto state = read_doubt(bank.doubt("copy"));
  REQUIRE(state);
  CHECK(state->windows() == 0);
  CHECK(state->fresh_epoch() == 2);
  REQUIRE(bank.open("copy"));
  CHECK(bank.pay(8) == "acked 2:8");
  bank.engine.reset();
  std::filesystem::remove_all(bank.doubt("copy"));
  CHECK(told(bank.open("copy")).starts_with("LB-OBJECT-MISSING: epoch 2 "));
}

TEST_CASE("a sync says that the window is gone which the medium has, and ships the groups all the same") {
  Bank bank;
  bank.go_back("copy", 4);
  CHECK(bank.pay(7) == "acked 2:7");
  REQUIRE(bank.engine->sync());
  CHECK(bank.pay(8) == "acked 2:8");
  std::filesystem::remove_all(bank.doubt("copy"));
  CHECK(bank.engine->sync().error().id() == ErrorId::object_missing);
  CHECK(bank.engine->status()->journal->head == Position{2, 8});
}

TEST_CASE("a restore without the window that was on the medium is refused, and without it everything is in doubt") {
  Bank bank;
  bank.go_back("copy", 4);
  CHECK(bank.pay(7) == "acked 2:7");
  REQUIRE(bank.engine->sync());
  REQUIRE(bank.engine->doubt()->close_key("A-6", KeyVerdict::not_paid, {.by = "ann"}));
  REQUIRE(bank.engine->sync());
  REQUIRE(bank.pieces().size() == 2);
  const auto whole = bank.engine->plan_restore({.target = bank.folder / "again"});
  REQUIRE(whole);
  std::string point = "latest";
  SECTION("its first object") { std::filesystem::remove(bank.pieces().front()); }
  SECTION("all of them") { std::filesystem::remove_all(bank.folder / "backup/journal/ledger.doubt"); }
  SECTION("also for a point before it") {
    std::filesystem::remove_all(bank.folder / "backup/journal/ledger.doubt");
    point = "1:3";
  }
  RestoreRequest request{.target = bank.folder / "again"};
  if (point != "latest") {
    request.point = RestorePoint::at_position({1, 3});
    request.accept_undone = 2;
  }
  const auto refused = bank.engine->restore(request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::object_missing);
  CHECK(refused.error().next().starts_with("--despite doubt"));
  CHECK_FALSE(std::filesystem::exists(bank.folder / "again"));

  request.despite_doubt = true;
  const auto restored = bank.engine->restore(request);
  INFO((restored ? std::string() : restored.error().sentence()));
  REQUIRE(restored);
  const auto stated = bank.engine->adopt({.target = bank.folder / "again", .nothing_lost = true});
  REQUIRE_FALSE(stated);
  CHECK(stated.error().id() == ErrorId::object_missing);
  CHECK(stated.error().next() == "the same line without --nothing-lost");
  REQUIRE(bank.engine->adopt({.target = bank.folder / "again"}));
  REQUIRE(bank.open("again"));
  CHECK(bank.pay(2) == "already 1:2");
  CHECK(bank.pay(5) == "in doubt");
  CHECK(bank.pay(100) == "in doubt");
  const auto shipped = bank.engine->sync();
  INFO((shipped ? std::string() : shipped.error().sentence()));
  REQUIRE(shipped);
  REQUIRE(bank.engine->plan_restore({.target = bank.folder / "third"}));
}

TEST_CASE("an epoch that the engine's own configuration begins is recorded as one that lost nothing") {
  Bank bank;
  REQUIRE(bank.open("engine", 2));
  CHECK(bank.pay(6) == "already 1:6");
  CHECK(bank.pay(7) == "acked 2:7");
  REQUIRE(bank.open("engine", 2));
  CHECK(bank.pay(8) == "acked 2:8");
  REQUIRE(bank.engine->sync());
  REQUIRE(bank.engine->plan_restore({.target = bank.folder / "again"}));
  bank.engine.reset();
  std::filesystem::remove_all(bank.doubt("engine"));
  CHECK(told(bank.open("engine", 2)).starts_with("LB-OBJECT-MISSING: epoch 2 "));
  CHECK(told(bank.open("engine", 3)).starts_with("LB-OBJECT-MISSING: epoch 2 "));
}

}  // namespace test_journal_doubt
