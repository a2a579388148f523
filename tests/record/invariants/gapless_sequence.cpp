// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/invariants/gapless_sequence.hpp>

#include "record/invariants/payments.hpp"

namespace test_gapless_sequence {

using namespace lifeboat;
using support::told;
using testing::MadeGroups;

TEST_CASE("gapless sequence: the laws") {
  MadeGroups good;
  good.add(Note{"1"}).add(Note{"2"}).add(Note{"3"});
  MadeGroups bad;
  bad.add(Note{"1"}).at({1, 3}).add(Note{"3"});
  REQUIRE_LAWS(testing::invariant_laws([] { return GaplessSequence(); }, {good.groups(), 3, bad.groups()}));
}

TEST_CASE("a gap, a repeat and a step back are told from what came before") {
  struct Case {
    Position then;
    const char* sentence;
  };
  for (const Case& one : {Case{{2, 12}, "it comes right after 2:10: there is a gap"},
                          Case{{2, 10}, "it comes right after 2:10, which is not lower"},
                          Case{{2, 9}, "it comes right after 2:10, which is not lower"},
                          Case{{1, 11}, "it comes right after 2:10, which is not lower"},
                          Case{{3, 10}, "it comes right after 2:10, which is not lower"},
                          Case{{3, 1}, "it comes right after 2:10, which is not lower"}}) {
    MadeGroups made;
    made.at({2, 10}).add(Note{"a"}).at(one.then).add(Note{"b"});
    const InvariantReport report = told(GaplessSequence(), made);
    REQUIRE(report.first_failure);
    CHECK(report.first_failure->position == one.then);
    CHECK(report.first_failure->sentence == one.sentence);
  }
}

TEST_CASE("a new epoch may go on higher, and the first group follows what it was told") {
  MadeGroups made;
  made.at({2, 10}).add(Note{"a"}).at({3, 11}).add(Note{"b"}).at({7, 500}).add(Note{"c"});
  CHECK(told(GaplessSequence(), made).proven());
  CHECK(told(GaplessSequence(Position{2, 9}), made).proven());
  CHECK_FALSE(told(GaplessSequence(Position{2, 8}), made).holds);
  CHECK_FALSE(told(GaplessSequence(Position{2, 10}), made).holds);
}

TEST_CASE("records of unknown types take nothing from it") {
  MadeGroups made;
  made.add(Note{"a"}).unknown(5);
  CHECK(told(GaplessSequence(), made).proven());
}

}  // namespace test_gapless_sequence
