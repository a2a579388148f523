// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/nothing_goes_backwards.hpp>

#include "record/invariants/payments.hpp"

using namespace lifeboat;
using support::told;
using testing::MadeGroups;

namespace test_nothing_goes_backwards {

namespace {
CardPayment card(std::uint64_t n, State state) { return {*Key::of("C-" + std::to_string(n)), {state}, {100, EUR}}; }
}  // namespace

TEST_CASE("nothing goes backwards: the laws") {
  MadeGroups good;
  good.add(card(1, State::asked))
      .add(card(2, State::captured))
      .add(card(1, State::authorised), card(1, State::authorised), Note{"x"})
      .add(card(1, State::captured));
  MadeGroups bad;
  bad.add(card(1, State::captured)).add(card(2, State::asked)).add(card(1, State::authorised));
  REQUIRE_LAWS(testing::invariant_laws([] { return NothingGoesBackwards(); }, {good.groups(), 5, bad.groups()}));
}

TEST_CASE("a stage that goes back is told with what it was") {
  MadeGroups made;
  made.add(card(1, State::authorised)).add(card(1, State::captured)).add(card(2, State::asked));
  made.add(card(1, State::authorised)).add(card(1, State::asked)).add(card(2, State::authorised));
  const InvariantReport report = told(NothingGoesBackwards(), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->position == Position{1, 4});
  CHECK(report.first_failure->sentence == "a stage of this group is 2 and was 3 at 1:2");
}

TEST_CASE("within one group the order counts too") {
  MadeGroups made;
  made.add(card(1, State::captured), card(1, State::authorised));
  CHECK_FALSE(told(NothingGoesBackwards(), made).holds);
}

TEST_CASE("the same key in another type is another thing, and a sensitive stage is not told") {
  MadeGroups made;
  made.add(card(1, State::captured)).add(Secret{{Key{"C-1"}}, {{State::authorised}}, {1}, {{1, EUR}}});
  CHECK(told(NothingGoesBackwards(), made).proven());
  made.add(Secret{{Key{"C-1"}}, {{State::asked}}, {1}, {{1, EUR}}});
  const InvariantReport report = told(NothingGoesBackwards(), made);
  REQUIRE(report.first_failure);
  CHECK(report.first_failure->sentence == "a stage of this group is lower than it was at 1:2");
}

}  // namespace test_nothing_goes_backwards

struct Keyless {
  Stage<State> state;
};
BOOST_HANA_ADAPT_STRUCT(Keyless, state);

namespace test_nothing_goes_backwards {

TEST_CASE("a stage without a key is said") {
  MadeGroups made;
  made.add(Keyless{{State::asked}}).add(card(1, State::asked));
  const InvariantReport report = told(NothingGoesBackwards(), made);
  CHECK(report.rows == 1);
  CHECK(report.not_covered == 1);
}

}  // namespace test_nothing_goes_backwards
