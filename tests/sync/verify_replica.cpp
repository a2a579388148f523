// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/verify_replica.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_verify_replica {

using namespace lifeboat;
using support::said;
using support::Synced;
using support::write_text;

TEST_CASE("A verification names what the source has changed since") {
  Synced synced;
  write_text(synced.source + "/same", "x");
  write_text(synced.source + "/changed", "x");
  write_text(synced.source + "/removed", "x");
  REQUIRE(synced.pass());
  write_text(synced.source + "/changed", "longer");
  write_text(synced.source + "/new", "x");
  REQUIRE(::unlink((synced.source + "/removed").c_str()) == 0);
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
  CHECK(verdict->moved_on == std::vector<std::string>{"", "changed", "new", "removed"});
}

}  // namespace test_verify_replica
