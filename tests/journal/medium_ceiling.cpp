// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/medium_ceiling.hpp>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_medium_ceiling {

using namespace lifeboat;
using namespace std::chrono_literals;

TEST_CASE("a ceiling on a medium is held to before it stands there, and the next takes its place") {
  const support::TempFolder folder;
  const auto medium = std::move(*open_medium<Memory>({}));
  SequenceCeiling ceiling;
  CHECK(ceilings_on(*medium, "ledger")->empty());
  REQUIRE(reserve_on(*medium, "ledger", folder.path(), ceiling, {1, 50}, 1000, {5000, 7}, 180s));
  CHECK(ceiling.limit() == 1050);
  const std::vector<Reservation> first{{{1, 1050}, {5180, 0}}};
  CHECK(*ceilings_on(*medium, "ledger") == first);
  CHECK(read_reservation(folder.path(), promised_medium_name)->value() == first.front());
  REQUIRE(reserve_on(*medium, "ledger", folder.path(), ceiling, {1, 80}, 1000, {5060, 0}, 180s));
  CHECK(ceiling.limit() == 1080);
  CHECK(*ceilings_on(*medium, "ledger") == std::vector<Reservation>{{{1, 1080}, {5240, 0}}});
  CHECK(ceilings_on(*medium, "other")->empty());
}

TEST_CASE("what bounds a loss held when the writer had stopped, and is the lowest that did") {
  const std::vector<Reservation> ceilings{{{1, 100}, {50, 0}}, {{1, 200}, {80, 0}}, {{2, 150}, {80, 0}}};
  const Position head{1, 40};
  CHECK_FALSE(bound_of(ceilings, head, {}));
  CHECK(bound_of(ceilings, head, Timestamp{50, 0}) == Position{1, 100});
  CHECK(bound_of(ceilings, head, Timestamp{50, 1}) == Position{1, 200});
  CHECK_FALSE(bound_of(ceilings, head, Timestamp{81, 0}));
  CHECK(bound_of(ceilings, {1, 120}, Timestamp{50, 0}) == Position{1, 200});
}

}  // namespace test_medium_ceiling
