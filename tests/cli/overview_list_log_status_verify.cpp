// SPDX-License-Identifier: BSL-1.0
#include <filesystem>

#include "catch.hpp"
#include "support/program.hpp"
#include "support/zone.hpp"

namespace test_overview_list_log_status_verify {

using support::ProgramAnswer;
using support::ProgramPlace;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("list: one line for each archive, times in UTC and here") {
  const support::Zone zone("CST-8");
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer list = place.call({"list"});
  CHECK(list.status == 0);
  CHECK(list.err.empty());
  CHECK(list.out.starts_with("source ledger, 2 archives\n"));
  CHECK(lines(list.out) == 3);
  CHECK(has(list.out, " full 1:1 | cut per file | "));
  CHECK(has(list.out, "+08:00) | 97.7 KiB in 4 entries, stored "));
  CHECK(has(list.out, " | verified never\n"));
}

TEST_CASE("log: who, why, with what") {
  const ProgramPlace place;
  REQUIRE(
      place.call_with_source({"backup", "--by", "ann", "--reason", "before the release", "--ticket", "T-7"}).status ==
      0);
  REQUIRE(place.call({"verify", "--by", "bob"}).status == 0);
  const ProgramAnswer log = place.call({"log"});
  CHECK(log.status == 0);
  CHECK(has(log.out, "1-1 "));
  CHECK(has(log.out, " backup: full "));
  CHECK(has(log.out, "    by ann@"));
  CHECK(has(log.out, " | why: before the release | ticket T-7\n"));
  CHECK(has(log.out, " verify: depth digests, "));
  CHECK(has(log.out, " 0 B unread, 0 findings\n"));
}

TEST_CASE("verify: never without depth, objects, bytes and what was not read") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer plain = place.call({"verify"});
  CHECK(plain.status == 0);
  CHECK(has(plain.out, "verified | depth digests | 1 of 1 archive | "));
  CHECK(has(plain.out, ", unread 0 B | 0 findings | unanchored\n"));
  CHECK(has(plain.err, "warning LB-UNANCHORED"));
  const ProgramAnswer anchored = place.call_with_source({"verify", "--depth", "restore"});
  CHECK(has(anchored.out, "verified | depth restore | "));
  CHECK(has(anchored.out, " | anchored\n"));
  CHECK(anchored.err.empty());
  CHECK(has(place.call({"verify", "--depth", "catalog"}).out, "verified | depth catalog | "));
  CHECK(place.call({"verify", "--depth", "deep"}).status == 2);
  CHECK(place.call({"verify", "--budget", "10GiB"}).status == 0);
  CHECK(place.call({"verify", "--budget", "ten"}).status == 2);
  CHECK(has(place.call({"list"}).out, " | verified restore "));
}

TEST_CASE("verify: a repository that was rolled back is seen where the state is at hand") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::filesystem::copy(place / "backup", place / "old", std::filesystem::copy_options::recursive);
  REQUIRE(place.backup().status == 0);
  std::filesystem::remove_all(place / "backup");
  std::filesystem::rename(place / "old", place / "backup");
  CHECK(place.call({"verify", "--depth", "catalog"}).status == 0);
  const ProgramAnswer seen = place.call_with_source({"verify", "--depth", "catalog"});
  CHECK(seen.status == 1);
  CHECK(has(seen.out, "found LB-CHAIN-ROLLED-BACK"));
}

TEST_CASE("a chain entry that is gone is named by list, and the program goes on to list") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  REQUIRE(place.backup().status == 0);
  REQUIRE(place.backup().status == 0);
  REQUIRE(std::filesystem::remove(place / "backup/chain/ledger/00000001-0000000002"));
  const ProgramAnswer list = place.call({"list"});
  CHECK(list.status == 1);
  CHECK(has(list.err, "LB-CHAIN-BROKEN: generation 2 of chain/ledger/ is missing"));
  CHECK(has(list.out, "2 archives\n"));
}

TEST_CASE("status: one screen; too old is exit status 1 for a monitor") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer status = place.call_with_source({"status"});
  CHECK(status.status == 0);
  CHECK(lines(status.out) <= 20);
  CHECK(has(status.out, "newest  point 1:1, "));
  CHECK(has(status.out, "\npoints  1 archive, oldest "));
  CHECK(has(status.out, "\nverify  never\n"));
  CHECK(has(status.out, "\ncopies  1: " + place.medium()));
  CHECK(has(status.out, "\nspace   "));
  CHECK(has(status.out, "(unmeasured: no restore was timed; at the rate of backup "));
  CHECK(has(status.out, "\nchain   1:1, anchored by the source's state folder\n"));
  CHECK(has(status.out, "next: lifeboat verify --medium " + place.medium()));
  CHECK(has(status.err, "warning LB-SAME-DEVICE"));
  CHECK(place.call({"status", "--max-age", "26h"}).status == 0);
  CHECK(place.call({"status", "--max-age", "26"}).status == 2);

  REQUIRE(place.call({"verify"}).status == 0);
  CHECK(has(place.call({"status"}).out, ", depth digests: "));
  CHECK(has(place.call({"status"}).out, " 0 findings; 1 of 1 archive verified so deep\n"));
  REQUIRE(place.backup().status == 0);
  CHECK(has(place.call({"status"}).out, " free, rate not known yet\n"));  // moments apart they tell of no day

  std::filesystem::remove_all(place.source());
  const ProgramAnswer lost = place.call_with_source({"status"});
  CHECK(lost.status == 0);
  CHECK(has(lost.err, "LB-SOURCE-MISSING"));
  CHECK(has(lost.out, "newest  point 1:3, "));
}

}  // namespace test_overview_list_log_status_verify
