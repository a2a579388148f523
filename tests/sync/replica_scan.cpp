// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/replica_scan.hpp>

#include <sys/stat.h>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_replica_scan {

using namespace lifeboat;

TEST_CASE("A look at a replica tells all but what is its own") {
  const support::TempFolder folder;
  for (const char* name : {"a", "own", "a/own"}) ::mkdir((folder / name).c_str(), 0700);
  for (const char* name : {"a/file", "own/state", "a/own/file"}) support::write_text(folder / name, "x");
  const auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  ReplicaScan scan(folder.path());
  REQUIRE(scan.run(root.value.get(), "own", {}));
  CHECK(scan.entries() == 5);
  SyncRecordWalk<Spool> walk(scan.spool(), 0, scan.spool().size());
  std::string paths;
  REQUIRE(walk.advance());
  while (walk.current() != nullptr) {
    paths += walk.current()->path() + " ";
    REQUIRE(walk.advance());
  }
  CHECK(paths == " a a/file a/own a/own/file ");
}

}  // namespace test_replica_scan
