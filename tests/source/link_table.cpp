// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/link_table.hpp>

#include <string>

#include "catch.hpp"

namespace test_link_table {

using namespace lifeboat;

TEST_CASE("many files with two names are remembered only while a name is missing", "[source][scan]") {
  LinkTable table;
  for (std::uint64_t i = 0; i < 5000; ++i) REQUIRE(table.seen(1, i * 64, 3, "first " + std::to_string(i)) == nullptr);
  for (int more = 0; more < 2; ++more)
    for (std::uint64_t i = 5000; i-- > 0;) {
      const std::string* first = table.seen(1, i * 64, 3, "other");
      REQUIRE(first != nullptr);
      REQUIRE(*first == "first " + std::to_string(i));
    }
  CHECK(table.size() == 0);
  CHECK(table.seen(1, 64, 3, "new") == nullptr);
  CHECK(table.seen(2, 64, 3, "new") == nullptr);
}

}  // namespace test_link_table
