// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/tree_output.hpp>

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

namespace test_tree_output {

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

TEST_CASE("random trees come out as they went in", "[source][tree_output]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  for (std::uint64_t round = 0; round < 25; ++round) {
    const TempFolder from;
    const TempFolder to;
    support::RandomTree tree(from.path(), seed + round);
    tree.create();
    INFO("round " << round);
    INFO(tree.change(15));
    std::vector<NotRestored> missing;
    const Status done = support::copy_tree(from.path(), to.path(), {}, &missing);
    INFO((done ? std::string() : done.error().sentence()));
    REQUIRE(done);
    for (const NotRestored& one : missing) INFO(one.path << " " << to_string(one.part) << " " << one.what);
    REQUIRE(missing.empty());
    REQUIRE(support::first_difference(from.path(), to.path()) == "");
  }
}

TEST_CASE("entries out of order and twice are refused", "[source][tree_output]") {
  const TempFolder folder;
  const auto writer = writer_at(folder.path());
  REQUIRE(put(*writer, "b", "1"));
  CHECK(put(*writer, "a", "2").error().id() == ErrorId::corrupt);
  CHECK(put(*writer, "b", "2").error().id() == ErrorId::corrupt);
  REQUIRE(writer->finish());
  CHECK(put(*writer, "c", "2").error().id() == ErrorId::config);
}

TEST_CASE("a folder that is not empty is refused", "[source][tree_output]") {
  const TempFolder folder;
  std::ofstream(folder / "x") << "mine";
  TreeWriterConfig config;
  config.root = std::move(open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY).value);
  const auto writer = TreeWriter::open(std::move(config));
  REQUIRE_FALSE(writer);
  CHECK(writer.error().id() == ErrorId::target_exists);
}

TEST_CASE("what the rights do not allow is listed, and the rest is restored", "[source][tree_output]") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: needs root");
    return;
  }
  const TempFolder folder;
  REQUIRE(::chown(folder.path().c_str(), 65534, 65534) == 0);
  const auto answer = support::in_child([&]() -> std::string {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) return "can not drop root";
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    TreeWriterConfig config;
    config.root = std::move(root.value);
    auto writer = TreeWriter::open(std::move(config));
    Entry top = made("", EntryType::directory, 0755);
    Entry closed = made("closed", EntryType::directory, 0000);
    Entry file = made_file("closed/f", 1, 04711);
    file.uid = 0;
    file.attributes = {{"trusted.t", Bytes(3)}, {"user.u", Bytes(3)}};
    Entry device = made("dev", EntryType::char_device);
    device.device_major = 1;
    device.device_minor = 3;
    Entry link = made("later", EntryType::hardlink);
    link.target = "closed/f";
    if (!(*writer)->place(top) || !(*writer)->place(closed)) return "no folder";
    auto out = (*writer)->create(file);
    if (!out || !(*out)->write(0, as_bytes("x")) || !(*out)->finish()) return "no file";
    if (!(*writer)->place(device)) return "no device";
    if (const Status linked = (*writer)->place(link); !linked) return "no link: " + linked.error().sentence();
    if (!(*writer)->finish()) return "not finished";
    std::string text;
    for (const NotRestored& one : (*writer)->missing().list())
      text +=
          one.path + ":" + std::string(to_string(one.part)) + ":" + one.what + ":" + std::to_string(one.error) + "\n";
    return text;
  });
  CHECK(answer.text ==
        "closed/f:owner:user 0:1\nclosed/f:attribute:trusted.t:1\nclosed/f:mode:4711:1\ndev:entry:device 1:3:1\n");
  CHECK((state(folder / "closed").st_mode & 07777) == 0000);
  CHECK((state(folder / "closed/f").st_mode & 07777) == 0711);
  CHECK(state(folder / "closed/f").st_ino == state(folder / "later").st_ino);
  CHECK(state(folder / "closed").st_mtim.tv_sec == 1000000000);
}

TEST_CASE("devices and ACLs are restored where they may be", "[source][tree_output]") {
  const TempFolder folder;
  TreeWriterConfig config;
  config.devices = false;
  const auto writer = writer_at(folder.path(), std::move(config));
  Entry device = made("dev", EntryType::block_device);
  device.device_major = 8;
  REQUIRE(writer->place(device));
  REQUIRE(writer->finish());
  REQUIRE(writer->missing().total() == 1);
  CHECK(writer->missing().list()[0].what == "device 8:0, which was not asked for");
}

TEST_CASE("a restore that goes on hands no access list down that was to be handed down later",
          "[source][tree_output]") {
  const TempFolder folder;
  const std::string top = folder / "tree";
  REQUIRE(::mkdir(top.c_str(), 0700) == 0);
  Entry holder = made("d", EntryType::directory, 0755);
  // version 2; user::rwx, user:12:r-x, group::r-x, mask::rwx, other::---
  constexpr unsigned char acl[] = {2, 0,  0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 5,   0,   12,  0,   0,  0, 4, 0,
                                   5, 0,  255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255,
                                   255, 255};
  holder.attributes = {{"system.posix_acl_default", {}}};
  for (const unsigned char byte : acl) holder.attributes[0].value.push_back(static_cast<std::byte>(byte));
  for (const bool resume : {false, true}) {
    TreeWriterConfig config;
    config.resume = resume;
    const auto writer = writer_at(top, std::move(config));
    REQUIRE(writer->place(holder));
    REQUIRE(writer->place(made("d/below", EntryType::directory, 0755)));
    REQUIRE(put(*writer, "d/empty", ""));
    REQUIRE(writer->place(made("d/fifo", EntryType::fifo, 0640)));
    REQUIRE(writer->finish());
    if (writer->missing().count(RestorePart::attribute) != 0) {
      WARN("NOT RUN: no access lists on this file system");
      return;
    }
    const support::TreeRecords tree = support::read_tree(top);
    CHECK(tree.at("d").attributes.size() == 1);
    for (const char* path : {"d/below", "d/empty", "d/fifo"}) {
      INFO(path << (resume ? ", gone on with" : ""));
      CHECK(tree.at(path).attributes.empty());
    }
  }
}

TEST_CASE("an interrupted restore goes on", "[source][tree_output]") {
  const TempFolder folder;
  {
    const auto writer = writer_at(folder.path());
    REQUIRE(writer->place(made("a", EntryType::directory, 0500)));
    REQUIRE(put(*writer, "a/done", "done", 0400));
    REQUIRE(put(*writer, "a/half", "ha"));
    Entry link = made("a/link", EntryType::symlink);
    link.target = "old";
    REQUIRE(writer->place(link));
    REQUIRE(put(*writer, "b", "wrong"));
  }
  TreeWriterConfig config;
  config.resume = true;
  const auto writer = writer_at(folder.path(), std::move(config));
  const auto back = writer->read_back("a/half");
  REQUIRE(back);
  CHECK(stat_of(back->get()).value.st_size == 2);
  CHECK(writer->read_back("a/nothing").error().id() == ErrorId::path_unknown);
  REQUIRE(writer->place(made("a", EntryType::directory, 0500)));
  auto done = writer->go_on(made_file("a/done", 4, 0400));
  REQUIRE(done);
  REQUIRE((*done)->finish());
  auto half = writer->go_on(made_file("a/half", 4));
  REQUIRE(half);
  REQUIRE((*half)->write(2, as_bytes("lf")));
  REQUIRE((*half)->finish());
  Entry link = made("a/link", EntryType::symlink);
  link.target = "new";
  REQUIRE(writer->place(link));
  REQUIRE(put(*writer, "b", "right"));
  REQUIRE(writer->finish());
  CHECK(content(folder / "a/done") == "done");
  CHECK(content(folder / "a/half") == "half");
  CHECK(content(folder / "b") == "right");
  CHECK(support::read_tree(folder.path()).at("a/link").target == "new");
  CHECK((state(folder / "a").st_mode & 07777) == 0500);
}

}  // namespace test_tree_output
