// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/testing/laws/laws.hpp>

#include "catch.hpp"

namespace test_laws {

using namespace lifeboat;
using testing::Laws;

TEST_CASE("laws that were never tried do not hold") {
  const Laws laws("nothing");
  CHECK_FALSE(laws.all_hold());
  CHECK_FALSE(laws.holds("anything"));
  CHECK(laws.report() == "laws of nothing: none was tried\n");
}

TEST_CASE("a law holds when every case of it does, and the report shows what was found") {
  Laws laws("medium tin");
  CHECK(laws.check("floats", true));
  CHECK(laws.check("sinks", true));
  CHECK(laws.all_hold());
  CHECK_FALSE(laws.check("floats", false, "at 3 a.m."));
  CHECK(laws.check("floats", true));
  CHECK_FALSE(laws.all_hold());
  CHECK_FALSE(laws.holds("floats"));
  CHECK(laws.holds("sinks"));
  CHECK(laws.report() ==
        "laws of medium tin\n"
        "  BROKEN  floats (1 of 3 cases)\n"
        "          at 3 a.m.\n"
        "  holds   sinks (1 case)\n");
}

TEST_CASE("results are cases: successes, and errors that are wanted") {
  Laws laws("results");
  const Result<int> good = 1;
  const Result<int> bad = Error{ErrorId::busy, "the door is locked"};
  CHECK(laws.succeeds("opens", good));
  CHECK_FALSE(laws.succeeds("opens", bad, "door 2"));
  CHECK(laws.fails("stays shut", bad, ErrorId::busy));
  CHECK_FALSE(laws.fails("stays shut", bad, ErrorId::space));
  CHECK_FALSE(laws.fails("stays shut", good, ErrorId::busy, "door 1"));
  CHECK(laws.report() ==
        "laws of results\n"
        "  BROKEN  opens (1 of 2 cases)\n"
        "          door 2: LB-BUSY the door is locked\n"
        "  BROKEN  stays shut (2 of 3 cases)\n"
        "          wanted LB-SPACE, got LB-BUSY\n"
        "          door 1: wanted LB-BUSY, got success\n");
}

TEST_CASE("only the first failures of a law are kept as text") {
  Laws laws("many");
  for (int i = 0; i < 1000; ++i) (void)laws.check("one", false, std::to_string(i));
  CHECK(laws.report() == "laws of many\n  BROKEN  one (1000 of 1000 cases)\n          0\n          1\n          2\n");
}

}  // namespace test_laws
