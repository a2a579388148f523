// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/went_live.hpp>

#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/restore/doubt_reader.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_went_live {

using namespace lifeboat;

TEST_CASE("that a copy went live has the layout that docs/doubt.md gives") {
  STATIC_REQUIRE(encoded_size<WentLive>() == 8496);
  STATIC_REQUIRE(layout_digest<WentLive>() == 0x337f'f9ca'9a23'a14fU);
}

TEST_CASE("that a copy went live is kept in the journal of doubt, and puts nothing in doubt") {
  const support::TempFolder folder;
  WentLive live;
  live.epoch = 2;
  live.after_epoch = 1;
  live.after_sequence = 10;
  live.first = 14;
  live.at = {1000, 1};
  live.by = DoubtName{"ann"};
  live.second = DoubtName{"bo"};
  live.reason = *FixedString<WentLive::reason_max>::of(std::string(WentLive::reason_max, 'r'));
  {
    const auto window = DoubtWindow::open({.folder = folder / "doubt", .create = true});
    REQUIRE(window);
    REQUIRE((*window)->note_live(live));
    const auto answer = (*window)->ask("A");
    REQUIRE(answer);
    CHECK(answer->match([](Known) { return 0; }, [](New) { return 1; }, [](InDoubt) { return 2; }) == 1);
  }
  const auto state = read_doubt(folder / "doubt");
  REQUIRE(state);
  CHECK(state->windows() == 0);
  REQUIRE(state->went_live().size() == 1);
  const WentLive& read = state->went_live()[0];
  CHECK(read.epoch == 2);
  CHECK(read.after_sequence == 10);
  CHECK(read.first == 14);
  CHECK(read.at == live.at);
  CHECK(read.second.view() == "bo");
  CHECK(read.reason == live.reason);
}

}  // namespace test_went_live
