// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/owner_names.hpp>

#include "catch.hpp"

namespace test_owner_names {

using namespace lifeboat;

TEST_CASE("names and numbers of owners, each asked once", "[source][owner_names]") {
  OwnerNames names;
  for (int again = 0; again < 2; ++again) {
    CHECK(names.user(0) == "root");
    CHECK(names.group(0) == "root");
    CHECK(names.user_id("root") == 0);
    CHECK(names.group_id("root") == 0);
    CHECK(names.user(987654) == "");
    CHECK(names.group(987654) == "");
    CHECK_FALSE(names.user_id("nobody of this name"));
    CHECK_FALSE(names.group_id(""));
  }
  const passwd* daemon = ::getpwnam("daemon");
  REQUIRE(daemon != nullptr);
  CHECK(names.user(daemon->pw_uid) == "daemon");
  CHECK(names.user_id("daemon") == daemon->pw_uid);
}

}  // namespace test_owner_names
