// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/gone_names.hpp>

#include "catch.hpp"

namespace test_gone_names {

using namespace lifeboat;

TEST_CASE("a link leads to its file, and where that is gone to the one name that took its place") {
  GoneNames names;
  CHECK(names.holder("a") == "a");
  names.add("b");
  names.add("a");
  CHECK_FALSE(names.holder("a"));
  CHECK_FALSE(names.holder("b"));
  CHECK(names.holder("c") == "c");
  names.take_place("a", "z");
  CHECK(names.holder("a") == "z");
  CHECK_FALSE(names.holder("b"));
}

}  // namespace test_gone_names
