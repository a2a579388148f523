// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/source_id.hpp>

#include <string>

#include "catch.hpp"

namespace test_source_id {

using namespace lifeboat;

TEST_CASE("ids of sources", "[source][directory]") {
  CHECK(default_source_id("/var/lib/engine") == "engine");
  CHECK(default_source_id("/var/lib/engine///") == "engine");
  CHECK(default_source_id("ledger") == "ledger");
  CHECK(default_source_id("/a/.config") == "config");
  CHECK(default_source_id("/a/b c\xff") == "b_c_");
  CHECK(default_source_id("/") == "root");
  CHECK(default_source_id("/x/" + std::string(100, 'a')) == std::string(64, 'a'));
  for (const char* good : {"a", "A.b_c-9", "-", "_"}) CHECK(check_source_id(good));
  for (const char* bad : {"", ".a", "a b", "a/b", "\xc3\xa4"}) CHECK_FALSE(check_source_id(bad));
  CHECK(check_source_id(std::string(64, 'a')));
  CHECK_FALSE(check_source_id(std::string(65, 'a')));
  CHECK(check_source_id("a b").error().next() == "--id a_b");
}

}  // namespace test_source_id
