// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/not_restored.hpp>

#include <thread>

#include "catch.hpp"

namespace test_not_restored {

using namespace lifeboat;

TEST_CASE("counts are exact, and memory is bounded for each part", "[source][not_restored]") {
  NotRestoredList list;
  const auto add = [&] {
    for (int i = 0; i < 2000; ++i) list.add({"path", RestorePart::owner, "user 1", 1});
  };
  std::thread other(add);
  add();
  other.join();
  list.add({"late", RestorePart::times, "", 0});
  CHECK(list.count(RestorePart::owner) == 4000);
  CHECK(list.count(RestorePart::times) == 1);
  CHECK(list.count(RestorePart::mode) == 0);
  CHECK(list.total() == 4001);
  REQUIRE(list.list().size() == NotRestoredList::kept + 1);
  CHECK(list.list().back().path == "late");
  CHECK(to_string(RestorePart::times) == "times");
}

}  // namespace test_not_restored
