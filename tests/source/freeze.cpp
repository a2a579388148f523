// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/freeze.hpp>

#include <sys/stat.h>

#include <chrono>
#include <stdexcept>

#include <lifeboat/source/directory.hpp>

#include "catch.hpp"
#include "support/scan_path.hpp"
#include "support/temp_folder.hpp"

namespace test_freeze {

namespace {

using namespace lifeboat;
using support::Collected;
using support::TempFolder;

Directory open_directory(Directory::Config config) {
  auto directory = Directory::open(std::move(config));
  REQUIRE(directory);
  return std::move(*directory);
}

/// An engine whose freeze says what a test wants, and counts.
struct Engine final : FreezeHook {
  Result<Frozen> answer = Frozen{{CutKind::frozen, true, {1, 7}}, ""};
  std::chrono::nanoseconds overrun{-1};  ///< not negative: comes back that long after the deadline
  bool throws = false;
  int frozen = 0;
  int thawed = 0;
  int dropped = 0;

  Result<Frozen> freeze(std::chrono::steady_clock::time_point deadline) override {
    ++frozen;
    if (throws) throw std::runtime_error("the engine is in pieces");
    if (overrun.count() >= 0)
      while (std::chrono::steady_clock::now() <= deadline + overrun) {
      }
    return answer;
  }
  void thaw() noexcept override { ++thawed; }
  void drop_snapshot() noexcept override { ++dropped; }
};

}  // namespace

TEST_CASE("without a hook the cut is per file", "[source][directory][freeze]") {
  const TempFolder folder;
  Directory directory = open_directory({.root = folder.path()});
  const auto cut = directory.freeze();
  REQUIRE(cut);
  CHECK(cut->kind == CutKind::per_file);
  CHECK_FALSE(cut->has_position);
  directory.thaw();
}

TEST_CASE("a freeze within its budget is kept until thaw", "[source][directory][freeze]") {
  const TempFolder folder;
  Engine engine;
  Directory directory =
      open_directory({.root = folder.path(), .freeze = &engine, .freeze_budget = std::chrono::hours(1)});
  const auto cut = directory.freeze();
  REQUIRE(cut);
  CHECK(cut->kind == CutKind::frozen);
  CHECK(cut->position == Position{1, 7});
  Collected seen;
  REQUIRE(directory.scan(seen, {}));
  CHECK(engine.thawed == 0);
  CHECK(directory.kept(*cut).kind == CutKind::frozen);
  CHECK(directory.kept(*cut).has_position);
  directory.thaw();
  directory.thaw();
  CHECK(engine.thawed == 1);
  REQUIRE(directory.freeze());
  CHECK(engine.frozen == 2);
  {
    const Directory moved = std::move(directory);
    CHECK(engine.thawed == 1);
  }
  CHECK(engine.thawed == 2);  // the destructor lets go
}

TEST_CASE("a freeze over budget is a cut per file, and the engine goes on at once", "[source][directory][freeze]") {
  const TempFolder folder;
  Engine engine;
  engine.overrun = std::chrono::nanoseconds(0);
  Directory directory =
      open_directory({.root = folder.path(), .freeze = &engine, .freeze_budget = std::chrono::milliseconds(1)});
  const auto cut = directory.freeze();
  REQUIRE(cut);
  CHECK(cut->kind == CutKind::per_file);
  CHECK_FALSE(cut->has_position);
  CHECK(engine.thawed == 1);
  directory.thaw();
  CHECK(engine.thawed == 1);
}

TEST_CASE("a reading that outlasts the freeze lets the engine go, and its cut is per file",
          "[source][directory][freeze]") {
  const TempFolder folder;
  std::ofstream(folder / "a") << "x";
  std::ofstream(folder / "b") << "x";
  Engine engine;
  const std::chrono::milliseconds budget(200);
  Directory directory = open_directory({.root = folder.path(), .freeze = &engine, .freeze_budget = budget});
  const auto cut = directory.freeze();
  const auto deadline = std::chrono::steady_clock::now() + budget;
  REQUIRE(cut);
  REQUIRE(cut->kind == CutKind::frozen);
  Collected seen;
  int thawed_at_b = -1;
  seen.on_entry = [&](const std::string& path) {
    if (path == "b") thawed_at_b = engine.thawed;
    if (path != "a") return;
    while (std::chrono::steady_clock::now() <= deadline) {
    }
  };
  REQUIRE(directory.scan(seen, {}));
  CHECK(thawed_at_b == 1);
  CHECK(directory.kept(*cut).kind == CutKind::per_file);
  CHECK_FALSE(directory.kept(*cut).has_position);
  directory.thaw();
  CHECK(engine.thawed == 1);
}

TEST_CASE("a hook that throws or fails is an error, and the engine is let go", "[source][directory][freeze]") {
  const TempFolder folder;
  Engine engine;
  engine.throws = true;
  Directory directory = open_directory({.root = folder.path(), .freeze = &engine});
  const auto thrown = directory.freeze();
  REQUIRE_FALSE(thrown);
  CHECK(thrown.error().id() == ErrorId::callback_threw);
  CHECK(thrown.error().sentence().find("the engine is in pieces") != std::string::npos);
  CHECK(engine.thawed == 1);
  engine.throws = false;
  engine.answer = Error{ErrorId::freeze_failed, "a payment hangs"};
  CHECK(directory.freeze().error().id() == ErrorId::freeze_failed);
  CHECK(engine.thawed == 2);
}

TEST_CASE("a snapshot is read in place of the root, while the engine goes on", "[source][directory][freeze]") {
  const TempFolder folder;
  ::mkdir((folder / "live").c_str(), 0755);
  ::mkdir((folder / "snap").c_str(), 0755);
  std::ofstream(folder / "live/new") << "x";
  std::ofstream(folder / "snap/old") << "x";
  Engine engine;
  engine.answer = Frozen{{CutKind::frozen, true, {1, 9}}, folder / "snap"};
  Directory directory = open_directory({.root = folder / "live", .freeze = &engine});
  const auto cut = directory.freeze();
  REQUIRE(cut);
  CHECK(cut->kind == CutKind::snapshot);
  CHECK(engine.thawed == 1);
  Collected seen;
  REQUIRE(directory.scan(seen, {}));
  CHECK(seen.paths() == "old");
  CHECK(directory.kept(*cut).kind == CutKind::snapshot);
  CHECK(directory.kept(*cut).position == Position{1, 9});
  CHECK(engine.dropped == 0);
  directory.thaw();
  CHECK(engine.dropped == 1);
  CHECK(engine.thawed == 1);
  Collected live;
  REQUIRE(directory.scan(live, {}));
  CHECK(live.paths() == "new");
}

}  // namespace test_freeze
