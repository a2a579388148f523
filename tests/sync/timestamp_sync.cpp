// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/timestamp_sync.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/synced.hpp"

using namespace lifeboat;
using support::is_there;
using support::read_text;
using support::said;
using support::Synced;
using support::write_text;

TEST_CASE("A replica is a plain tree that is the source") {
  Synced synced;
  ::mkdir((synced.source + "/folder").c_str(), 0750);
  write_text(synced.source + "/folder/file", "hello");
  REQUIRE(::symlink("folder/file", (synced.source + "/link").c_str()) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->items_sent == 3);
  CHECK(report->bytes_sent == 5);
  CHECK(report->items_verified == 1);
  CHECK(synced.difference() == "");
  CHECK(read_text(synced.replica + "/link") == "hello");
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
  CHECK(verdict->items == 4);
  CHECK(verdict->bytes == 5);
  CHECK(verdict->moved_on_count == 0);
}

TEST_CASE("An emptied source is refused, and so is an emptied replica") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  REQUIRE(synced.pass());
  SECTION("source") {
    REQUIRE(::unlink((synced.source + "/file").c_str()) == 0);
    const auto refused = synced.pass();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::source_emptied);
    CHECK(refused.error().is_unchanged());
    CHECK(read_text(synced.replica + "/file") == "x");
    synced.config.accept_emptied_source = true;
    REQUIRE(said(synced.pass()) == "");
    CHECK_FALSE(is_there(synced.replica + "/file"));
  }
  SECTION("replica, with its own folder") {
    REQUIRE(::unlink((synced.replica + "/file").c_str()) == 0);
    const auto refused = synced.pass();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::replica_emptied);
    CHECK(refused.error().sentence().find("had 1 entries") != std::string::npos);
    synced.config.accept_emptied_replica = true;
    REQUIRE(said(synced.pass()) == "");
    CHECK(synced.difference() == "");
  }
  SECTION("replica that is not mounted") {
    REQUIRE(::rename(synced.replica.c_str(), (synced.folder / "elsewhere").c_str()) == 0);
    for (const bool folder : {false, true}) {
      if (folder) ::mkdir(synced.replica.c_str(), 0755);
      const auto refused = synced.pass();
      REQUIRE_FALSE(refused);
      CHECK(refused.error().id() == ErrorId::replica_emptied);
      CHECK_FALSE(is_there(synced.own()));
      CHECK(said(synced.verify()).find("LB-REPLICA-EMPTIED") == 0);
    }
    synced.config.accept_emptied_replica = true;
    REQUIRE(said(synced.pass()) == "");
    CHECK(synced.difference() == "");
  }
}

TEST_CASE("The lag is the age of what the replica holds") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  const auto first = synced.pass();
  REQUIRE(first);
  CHECK(first->lag_before_ns == 0);
  const auto second = synced.pass();
  REQUIRE(second);
  CHECK(second->lag_before_ns >= first->lag_after_ns);
  CHECK(second->lag_after_ns <= second->duration_ns);
}
