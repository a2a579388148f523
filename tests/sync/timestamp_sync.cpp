// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/timestamp_sync.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/random_tree.hpp"
#include "support/synced.hpp"

using namespace lifeboat;
using support::is_there;
using support::read_text;
using support::Synced;
using support::write_text;

namespace {

/// The error's sentence and id, or nothing.
template <class T>
std::string said(const Result<T>& result) {
  if (result) return {};
  return std::string(to_string(result.error().id())) + ": " + result.error().sentence();
}

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

TEST_CASE("Random trees and changes in memory") { rounds("/dev/shm", 1, 12, 6); }

TEST_CASE("Random trees and changes on a disk") { rounds("/tmp", 1001, 3, 4); }
