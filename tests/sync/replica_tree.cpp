// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/replica_tree.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_replica_tree {

using namespace lifeboat;

TEST_CASE("Paths into a replica lead through folders only") {
  const support::TempFolder folder;
  const support::TempFolder outside;
  support::write_text(outside / "file", "x");
  ::mkdir((folder / "a").c_str(), 0700);
  ::mkdir((folder / "a/b").c_str(), 0700);
  support::write_text(folder / "a/b/file", "x");
  REQUIRE(::symlink(outside.path().c_str(), (folder / "out").c_str()) == 0);
  REQUIRE(::symlink("a", (folder / "in").c_str()) == 0);
  const auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  ReplicaTree tree(root.value.get());
  CHECK(tree.look("a/b/file").error == 0);
  CHECK(tree.look("").error == 0);
  CHECK(S_ISDIR(tree.look("").value.st_mode));
  CHECK(tree.look("a/b/none").error == ENOENT);
  CHECK(tree.look("none/none").error == ENOENT);
  CHECK(tree.look("a/b/file/none").error == ENOENT);
  CHECK(tree.look("out/file").error == ENOENT);
  CHECK(tree.look("in/b").error == ENOENT);
  CHECK(S_ISLNK(tree.look("out").value.st_mode));
  CHECK(tree.find("../file").error == EXDEV);
  CHECK(folder_part("a/b/c") == "a/b");
  CHECK(folder_part("a").empty());
  CHECK(name_part("a/b/c") == "c");
  CHECK(name_part("") == ".");
}

}  // namespace test_replica_tree
