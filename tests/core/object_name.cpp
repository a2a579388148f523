// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/object_name.hpp>

#include "catch.hpp"

namespace test_object_name {

using namespace lifeboat;

static_assert(valid_object_name("chain/ledger/1-1"));
static_assert(valid_object_name("a.b/-c/_d/E9..."));
static_assert(!valid_object_name(""));
static_assert(!valid_object_name("/a") && !valid_object_name("a/") && !valid_object_name("a//b"));
static_assert(!valid_object_name(".") && !valid_object_name("..") && !valid_object_name("a/.b"));
static_assert(!valid_object_name("a b") && !valid_object_name("a\\b") && !valid_object_name("a:b"));

TEST_CASE("Names end at 128 bytes a component and 512 in all") {
  const std::string component(128, 'x');
  CHECK(valid_object_name(component));
  CHECK_FALSE(valid_object_name(component + "x"));
  CHECK(valid_object_name("a/" + component));
  CHECK_FALSE(valid_object_name("a/" + component + "x"));
  const std::string three = component + "/" + component + "/" + component + "/";
  CHECK(valid_object_name(three + std::string(125, 'y')));
  CHECK_FALSE(valid_object_name(three + std::string(126, 'y')));
}

TEST_CASE("Of all bytes, 65 may stand in a name") {
  int count = 0;
  for (int byte = 0; byte < 256; ++byte) count += valid_object_component("a" + std::string(1, static_cast<char>(byte)));
  CHECK(count == 65);
}

TEST_CASE("A refusal shows the name without its control characters") {
  CHECK(check_object_name("a/b"));
  const Status refused = check_object_name(std::string_view("a\x1b[2J\0b", 7));
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::object_name);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().sentence().starts_with("\"a?[2J?b\" can not name an object"));
}

}  // namespace test_object_name
