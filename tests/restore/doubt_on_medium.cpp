// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/doubt_on_medium.hpp>

#include <filesystem>

#include <lifeboat/journal/ship.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/restore/open_loss.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_doubt_on_medium {

using namespace lifeboat;

namespace {

struct Places {
  support::TempFolder folder;
  testing::FakeClock clock{{1'764'136'800, 0}};
  std::unique_ptr<MediumPort> medium;
  SystemRandom random;

  Places() {
    auto opened = open_medium<Disk>({.root = folder / "backup", .create = true});
    REQUIRE(opened);
    medium = std::move(*opened);
  }
  [[nodiscard]] std::string journal() const { return folder.path(); }
  void lose(std::uint64_t fresh, LossBasis basis = LossBasis::unknown) {
    REQUIRE(open_loss(journal(), {.basis = basis, .after = {1, 9}, .fresh_epoch = fresh, .by = "ann"}, {}, &clock));
  }
  Result<PieceReport> ship() {
    const auto end = journal_end(doubt_folder(journal()));
    REQUIRE(end);
    return ship_pieces(doubt_folder(journal()), end->last, *medium, "bank.doubt", random);
  }
  [[nodiscard]] std::string there(std::uint64_t epoch) const {
    const auto history = list_doubt(*medium, "bank.doubt", epoch);
    if (!history) return std::string(to_string(history.error().id())) + " " + history.error().next().substr(0, 15);
    return std::to_string(history->pieces.size()) + " pieces";
  }
  void remove(std::size_t which) {
    const auto history = list_journal(*medium, "bank.doubt");
    REQUIRE(history);
    const ObjectName name = piece_name("bank.doubt", history->pieces.at(which));
    REQUIRE(medium->remove(std::span(&name, 1)));
  }
};

}  // namespace

TEST_CASE("a restore takes the window of a medium where it begins at its beginning, and knows of the last epoch") {
  Places at;
  CHECK(at.there(1) == "0 pieces");
  CHECK(at.there(2) == "LB-OBJECT-MISSING --despite doubt");
  for (const std::uint64_t fresh : {2U, 3U, 4U}) {
    at.lose(fresh, fresh == 2 ? LossBasis::zero : LossBasis::unknown);
    REQUIRE(at.ship());
    CHECK(at.there(fresh) == std::to_string(fresh - 1) + " pieces");
    CHECK(at.there(fresh + 1) == "LB-OBJECT-MISSING --despite doubt");
  }
  SECTION("its first object is gone") {
    at.remove(0);
    CHECK(at.there(4) == "LB-OBJECT-MISSING --despite doubt");
    CHECK(at.there(1) == "LB-OBJECT-MISSING --despite doubt");
  }
  SECTION("one between is gone") {
    at.remove(1);
    CHECK(at.there(4) == "LB-OBJECT-MISSING --despite doubt");
  }
  SECTION("its last one is gone") {
    at.remove(2);
    CHECK(at.there(4) == "LB-OBJECT-MISSING --despite doubt");
    CHECK(at.there(3) == "2 pieces");
  }
  SECTION("all are gone") {
    for (int i = 0; i < 3; ++i) at.remove(0);
    CHECK(at.there(4) == "LB-OBJECT-MISSING --despite doubt");
  }
}

TEST_CASE("a window that is made anew, since the one before was lost, takes that one's place on a medium") {
  Places at;
  at.lose(2);
  at.lose(3);
  REQUIRE(at.ship());
  REQUIRE(at.ship());
  std::filesystem::remove_all(doubt_folder(at.journal()));
  at.clock.pass_seconds(3600);
  at.lose(5);
  const auto shipped = at.ship();
  INFO((shipped ? std::string() : shipped.error().sentence()));
  REQUIRE(shipped);
  CHECK(at.there(5) == "1 pieces");
  const auto history = list_journal(*at.medium, "bank.doubt");
  REQUIRE(history);
  CHECK(history->undone.size() == 1);  // what the lost one said is evidence
  at.lose(6);
  REQUIRE(at.ship());
  CHECK(at.there(6) == "2 pieces");
}

}  // namespace test_doubt_on_medium
