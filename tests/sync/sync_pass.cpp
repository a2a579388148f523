// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/sync_pass.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/random_tree.hpp"
#include "support/synced.hpp"

namespace test_sync_pass {

using namespace lifeboat;
using support::is_there;
using support::read_text;
using support::said;
using support::Synced;
using support::write_text;

namespace {

/// Random rounds in `where`; each time the replica is the source, and is found to be.
void rounds(const std::string& where, std::uint64_t first_seed, std::size_t trees, std::size_t changes) {
  for (std::uint64_t seed = first_seed; seed < first_seed + trees; ++seed) {
    Synced synced(where);
    support::RandomTree tree(synced.source, seed);
    tree.create();
    std::string story;
    for (std::size_t round = 0; round <= changes; ++round) {
      if (round != 0) story += tree.change(1 + seed % 7) + "-- pass\n";
      INFO("seed " << seed << ", round " << round << "\n" << story);
      const auto report = synced.pass();
      REQUIRE(said(report) == "");
      REQUIRE(synced.difference() == "");
      for (const Gap& gap : report->differences) UNSCOPED_INFO(gap.text);
      for (const Gap& gap : report->gaps) UNSCOPED_INFO(gap.text);
      CHECK(report->difference_count == 0);
      CHECK(report->gap_count == 0);
      const auto verdict = synced.verify();
      REQUIRE(said(verdict) == "");
      CHECK(verdict->first_difference == "");
      CHECK(verdict->equal);
      if (verdict->moved_on_count != 0) CHECK(verdict->moved_on.front() == "");
      const auto again = synced.pass();
      REQUIRE(said(again) == "");
      CHECK(again->items_sent == 0);
      CHECK(again->items_removed == 0);
      CHECK(again->items_metadata == 0);
      CHECK(again->difference_count == 0);
      REQUIRE(synced.difference() == "");
    }
  }
}

}  // namespace

TEST_CASE("Random trees and changes in memory") { rounds(support::in_memory(), 1, 12, 6); }

TEST_CASE("Random trees and changes on a disk") { rounds("/tmp", 1001, 3, 4); }

TEST_CASE("What was moved in the source is moved in the replica, not copied again") {
  Synced synced;
  const std::string text(300'000, 'm');
  write_text(synced.source + "/old name", text);
  REQUIRE(synced.pass());
  REQUIRE(synced.pass());
  struct stat before {};
  REQUIRE(::stat((synced.replica + "/old name").c_str(), &before) == 0);
  ::mkdir((synced.source + "/folder").c_str(), 0755);
  REQUIRE(::rename((synced.source + "/old name").c_str(), (synced.source + "/folder/new name").c_str()) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->items_moved == 1);
  CHECK(report->items_removed == 1);
  CHECK(report->bytes_sent == 0);
  struct stat after {};
  REQUIRE(::stat((synced.replica + "/folder/new name").c_str(), &after) == 0);
  CHECK(after.st_ino == before.st_ino);
  CHECK(after.st_nlink == 1);
  CHECK(synced.difference() == "");
}

TEST_CASE("Holes stay holes and cost nothing") {
  Synced synced;
  write_text(synced.source + "/sparse", "head");
  REQUIRE(::truncate((synced.source + "/sparse").c_str(), off_t{1} << 36) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->bytes_read < 100'000);
  CHECK(synced.difference() == "");
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
}

TEST_CASE("A stopped pass changes nothing, and says so") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = synced.pass(stop.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().id() == ErrorId::interrupted);
  CHECK_FALSE(is_there(synced.replica + "/file"));
  REQUIRE(said(synced.pass()) == "");
  CHECK(synced.difference() == "");
}

TEST_CASE("Paths longer than the system takes") {
  Synced synced;
  const std::string name(200, 'd');
  int here = ::open(synced.source.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int depth = 0; depth < 40; ++depth) {
    REQUIRE(::mkdirat(here, name.c_str(), 0755) == 0);
    const int inside = ::openat(here, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(here);
    here = inside;
  }
  const int file = ::openat(here, "deep", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(::write(file, "deep", 4) == 4);
  ::close(file);
  ::close(here);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->items_sent == 41);
  CHECK(synced.difference() == "");
}

TEST_CASE("A change of the same length and time is seen where times prove nothing, and on a disk by its ctime") {
  for (const std::string& where : {support::in_memory(), std::string("/tmp")}) {
    Synced synced(where);
    const std::string path = synced.source + "/file";
    write_text(path, "first");
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    REQUIRE(synced.pass());
    write_text(path, "other");
    const timespec times[2] = {found.st_atim, found.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    REQUIRE(said(synced.pass()) == "");
    CHECK(read_text(synced.replica + "/file") == "other");
  }
}

}  // namespace test_sync_pass
