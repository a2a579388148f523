// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/timestamp_sync.hpp>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/synced.hpp"

namespace test_timestamp_sync {

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

TEST_CASE("A full disk: the pass fails with what is missing, the replica stays as it was, and space heals it") {
  Synced synced;
  ::mkdir(synced.replica.c_str(), 0700);
  const auto answer = support::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", synced.replica.c_str(), "tmpfs", 0, "size=2m,mode=0700") != 0)
      return "not mounted";
    write_text(synced.source + "/kept", "kept");
    if (const auto first = synced.pass(); !first) return said(first);
    write_text(synced.source + "/kept", "kept, but newer");
    write_text(synced.source + "/large", std::string(4'000'000, 'l'));
    const auto full = synced.pass();
    if (full || full.error().id() != ErrorId::target_io || full.error().system_error() != ENOSPC) return "no error";
    if (full.error().sentence().find("'large' (4000000 bytes)") == std::string::npos) return full.error().sentence();
    if (read_text(synced.replica + "/kept") != "kept") return "changed";
    if (const auto verdict = synced.verify(); !verdict || !verdict->equal) return "not equal";
    if (::mount(nullptr, synced.replica.c_str(), nullptr, MS_REMOUNT, "size=32m") != 0) return "not remounted";
    if (const auto healed = synced.pass(); !healed) return said(healed);
    return synced.difference();
  });
  if (answer.text == "not mounted") {
    WARN("this process may not mount: the full disk was not tried");
    return;
  }
  CHECK(answer.status == 0);
  CHECK(answer.text == "");
}

TEST_CASE("What it declares, and what it refuses to be opened with") {
  STATIC_REQUIRE(Sync<TimestampSync>);
  STATIC_REQUIRE_FALSE(TimestampSync::has_log);
  STATIC_REQUIRE(replicates<TimestampSync>());
  CHECK(TimestampSync::open({}).error().id() == ErrorId::config);
  TimestampSync::Config config;
  config.replica = "/nowhere/replica/";
  config.every = std::chrono::seconds(-1);
  CHECK(TimestampSync::open(config).error().id() == ErrorId::config);
  config.every = std::chrono::minutes(5);
  const auto sync = TimestampSync::open(config);
  REQUIRE(said(sync) == "");
  CHECK(sync->every() == std::chrono::minutes(5));
}

}  // namespace test_timestamp_sync
