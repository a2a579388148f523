// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/scope.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_scope {

using namespace lifeboat;
using support::is_there;
using support::read_text;
using support::said;
using support::Synced;
using support::write_text;

TEST_CASE("A scope is what is replicated: more of it copies, less of it removes") {
  Synced synced;
  for (const char* folder : {"a", "b", "b/c"}) ::mkdir((synced.source + "/" + folder).c_str(), 0755);
  for (const char* file : {"a/first", "b/in.log", "b/c/deep", "top"}) write_text(synced.source + "/" + file, file);
  REQUIRE(::link((synced.source + "/a/first").c_str(), (synced.source + "/b/second").c_str()) == 0);
  REQUIRE(::link((synced.source + "/a/first").c_str(), (synced.source + "/b/third").c_str()) == 0);
  synced.config.only = {"/b"};
  synced.config.exclude = {"*.log"};
  REQUIRE(said(synced.pass()) == "");
  CHECK(is_there(synced.replica + "/b/c/deep"));
  CHECK_FALSE(is_there(synced.replica + "/a"));
  CHECK_FALSE(is_there(synced.replica + "/top"));
  CHECK_FALSE(is_there(synced.replica + "/b/in.log"));
  struct stat second {};
  struct stat third {};
  REQUIRE(::stat((synced.replica + "/b/second").c_str(), &second) == 0);
  REQUIRE(::stat((synced.replica + "/b/third").c_str(), &third) == 0);
  CHECK(second.st_ino == third.st_ino);
  CHECK(read_text(synced.replica + "/b/third") == "a/first");
  auto verdict = synced.verify();
  REQUIRE(verdict);
  CHECK(verdict->first_difference == "");
  CHECK(verdict->moved_on_count == 0);
  synced.config.only = {};
  REQUIRE(said(synced.pass()) == "");
  CHECK(is_there(synced.replica + "/top"));
  CHECK_FALSE(is_there(synced.replica + "/b/in.log"));
  synced.config.exclude = {};
  REQUIRE(said(synced.pass()) == "");
  CHECK(synced.difference() == "");
  synced.config.exclude = {"/a"};
  REQUIRE(said(synced.pass()) == "");
  CHECK_FALSE(is_there(synced.replica + "/a"));
  verdict = synced.verify();
  REQUIRE(verdict);
  CHECK(verdict->first_difference == "");
  synced.config.exclude = {"["};
  CHECK(said(synced.pass()).find("LB-PATTERN") == 0);
}

}  // namespace test_scope
