// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/tree_folders.hpp>

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

namespace test_tree_folders {

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

TEST_CASE("no path leads outside", "[source][tree_output]") {
  const TempFolder folder;
  const std::string zero("a\0b", 3);
  for (const std::string& path :
       {std::string(".."), std::string("../x"), std::string("a/../../x"), std::string("/x"), std::string("."),
        std::string("a/./b"), std::string("a//b"), std::string("a/"), zero}) {
    INFO(path);
    for (const EntryType type : {EntryType::directory, EntryType::symlink, EntryType::fifo, EntryType::hardlink}) {
      const auto writer = writer_at(folder.path());
      Entry entry = made(path, type);
      entry.target = "x";
      const Status placed = writer->place(entry);
      REQUIRE_FALSE(placed);
      CHECK(placed.error().id() == ErrorId::path_escape);
    }
    const auto writer = writer_at(folder.path());
    const auto created = writer->create(made(path));
    REQUIRE_FALSE(created);
    CHECK(created.error().id() == ErrorId::path_escape);
    Entry link = made("l", EntryType::hardlink);
    link.target = path;
    CHECK(writer->place(link).error().id() == ErrorId::path_escape);
  }
  CHECK(support::read_tree(folder.path()).size() == 1);
}

TEST_CASE("a planted link is never followed", "[source][tree_output]") {
  const TempFolder folder;
  const TempFolder outside;
  std::ofstream(outside / "victim") << "untouched";
  const auto plant = [&](TreeWriter& writer) {
    Entry link = made("d", EntryType::symlink);
    link.target = outside.path();
    REQUIRE(writer.place(link));
  };
  for (int way = 0; way < 4; ++way) {
    INFO(way);
    const TempFolder target;
    const auto writer = writer_at(target.path());
    plant(*writer);
    Status refused = ok();
    if (way == 0) refused = put(*writer, "d/victim", "overwritten");
    if (way == 1) refused = writer->place(made("d/new", EntryType::directory));
    if (way == 2) {
      Entry link = made("e", EntryType::hardlink);
      link.target = "d/victim";
      refused = writer->place(link);
    }
    if (way == 3) {
      const auto read = writer->read_back("d/victim");
      refused = read ? ok() : Status(read.error());
      REQUIRE_FALSE(refused);
      CHECK(refused.error().id() == ErrorId::path_unknown);
      continue;
    }
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::path_escape);
  }
  CHECK(content(outside / "victim") == "untouched");
  CHECK(support::read_tree(outside.path()).size() == 2);
}

TEST_CASE("parents that were not asked for are made plain", "[source][tree_output]") {
  const TempFolder folder;
  const auto writer = writer_at(folder.path());
  REQUIRE(put(*writer, "a/b/c", "deep", 0400));
  REQUIRE(put(*writer, "a/x", "beside"));
  REQUIRE(writer->finish());
  CHECK((state(folder / "a/b").st_mode & 07777) == 0755);
  CHECK(content(folder / "a/b/c") == "deep");
  CHECK((state(folder / "a/b/c").st_mode & 07777) == 0400);
}

TEST_CASE("deep trees beyond PATH_MAX are built and linked", "[source][tree_output]") {
  const TempFolder from;
  const TempFolder to;
  const std::string name(50, 'd');
  int at = ::open(from.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int root = ::dup(at);
  for (int level = 0; level < 300; ++level) {
    REQUIRE(::mkdirat(at, name.c_str(), 0750) == 0);
    const int next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(at);
    at = next;
  }
  const int fd = ::openat(at, "deep", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::write(fd, "x", 1) == 1);
  ::close(fd);
  REQUIRE(::linkat(at, "deep", root, "link", 0) == 0);
  ::close(root);
  ::close(at);
  REQUIRE(support::copy_tree(from.path(), to.path()));
  CHECK(support::first_difference(from.path(), to.path()) == "");
}

}  // namespace test_tree_folders
