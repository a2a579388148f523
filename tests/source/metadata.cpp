// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/metadata.hpp>

#include <grp.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "support/compare_trees.hpp"
#include "support/copy_tree.hpp"
#include "support/in_child.hpp"
#include "support/put_entries.hpp"
#include "support/random_tree.hpp"
#include "support/temp_folder.hpp"

namespace test_metadata {

namespace {

using namespace lifeboat;
using support::content;
using support::made;
using support::made_file;
using support::put;
using support::state;
using support::TempFolder;
using support::writer_at;

}  // namespace

TEST_CASE("names of owners count before numbers, unless numbers are asked for", "[source][tree_output]") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: needs root");
    return;
  }
  for (const bool numeric : {false, true}) {
    const TempFolder folder;
    TreeWriterConfig config;
    config.metadata.numeric_owner = numeric;
    const auto writer = writer_at(folder.path(), std::move(config));
    Entry entry = made("f", EntryType::fifo, 0600);
    entry.uid = entry.gid = 4711;
    entry.owner = entry.group = "daemon";
    REQUIRE(writer->place(entry));
    entry.path = "g";
    entry.owner = entry.group = "nobody-of-this-name";
    REQUIRE(writer->place(entry));
    REQUIRE(writer->finish());
    CHECK(state(folder / "f").st_uid == (numeric ? 4711 : ::getpwnam("daemon")->pw_uid));
    CHECK(state(folder / "f").st_gid == (numeric ? 4711 : ::getgrnam("daemon")->gr_gid));
    CHECK(state(folder / "g").st_uid == 4711);
    CHECK(writer->missing().total() == 0);
  }
}

TEST_CASE("owners that are not asked for leave no set-user-id program of somebody else", "[source][tree_output]") {
  const TempFolder folder;
  TreeWriterConfig config;
  config.metadata.owners = RestoreOwners::none;
  const auto writer = writer_at(folder.path(), std::move(config));
  Entry mine = made_file("a", 0, 04755);
  Entry other = made_file("b", 0, 06755);
  other.uid += 1000;
  REQUIRE((*writer->create(mine))->finish());
  REQUIRE((*writer->create(other))->finish());
  REQUIRE(writer->finish());
  CHECK((state(folder / "a").st_mode & 07777) == 04755);
  CHECK((state(folder / "b").st_mode & 07777) == 02755);
  CHECK(state(folder / "b").st_uid == ::geteuid());
  REQUIRE(writer->missing().total() == 1);
  CHECK(writer->missing().list()[0].path == "b");
  CHECK(writer->missing().list()[0].part == RestorePart::mode);
}

TEST_CASE("an ACL that the folder above hands down does not reach the tree", "[source][tree_output]") {
  const TempFolder folder;
  const unsigned char acl[] = {2, 0,  0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  4,
                               0, 12, 0,   0,   0,   4,   0,  4, 0,   255, 255, 255, 255, 16, 0,
                               6, 0,  255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255};
  if (::lsetxattr(folder.path().c_str(), "system.posix_acl_default", acl, sizeof acl, 0) != 0) {
    WARN("NOT RUN: no ACLs on this file system");
    return;
  }
  ::mkdir((folder / "t").c_str(), 02700);
  const auto writer = writer_at(folder / "t");
  REQUIRE(writer->place(made("d", EntryType::directory, 0755)));
  REQUIRE(put(*writer, "d/f", "x"));
  REQUIRE(writer->finish());
  for (const auto& [path, record] : support::read_tree(folder / "t")) {
    INFO(path);
    CHECK(record.attributes.empty());
  }
  CHECK((state(folder / "t/d").st_mode & 07777) == 0755);
}

}  // namespace test_metadata
