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
#include "support/random_tree.hpp"
#include "support/temp_folder.hpp"

namespace {

using namespace lifeboat;
using support::TempFolder;

std::unique_ptr<TreeWriter> writer_at(const std::string& path, TreeWriterConfig config = {}) {
  auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(folder);
  config.root = std::move(folder.value);
  auto writer = TreeWriter::open(std::move(config));
  REQUIRE(writer);
  return std::move(*writer);
}

Entry made(const std::string& path, EntryType type = EntryType::file, std::uint32_t mode = 0644) {
  Entry entry;
  entry.path = path;
  entry.type = type;
  entry.mode = mode;
  entry.uid = ::geteuid();
  entry.gid = ::getegid();
  entry.mtime = {1000000000, 5};
  return entry;
}

Entry made_file(const std::string& path, std::uint64_t size, std::uint32_t mode = 0644) {
  Entry entry = made(path, EntryType::file, mode);
  entry.size = size;
  return entry;
}

Status put(TreeWriter& writer, const std::string& path, std::string_view text, std::uint32_t mode = 0644) {
  LIFEBOAT_TRY(const auto file, writer.create(made_file(path, text.size(), mode)));
  LIFEBOAT_CHECK(file->write(0, as_bytes(text)));
  return file->finish();
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct stat state(const std::string& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

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

TEST_CASE("holes stay holes and the size is exact", "[source][tree_output]") {
  const TempFolder folder;
  const auto writer = writer_at(folder.path());
  const std::uint64_t size = std::uint64_t{1} << 40;
  auto file = writer->create(made_file("sparse", size));
  REQUIRE(file);
  REQUIRE((*file)->write(size / 2, as_bytes("data")));
  CHECK((*file)->write(size - 1, as_bytes("xx")).error().id() == ErrorId::corrupt);
  REQUIRE((*file)->finish());
  CHECK(state(folder / "sparse").st_size == static_cast<off_t>(size));
  CHECK(state(folder / "sparse").st_blocks * 512 <= 65536);
}

TEST_CASE("several threads write one file", "[source][tree_output]") {
  const TempFolder folder;
  const auto writer = writer_at(folder.path());
  const std::string text(1 << 20, 'q');
  auto file = writer->create(made_file("big", 4 * text.size()));
  REQUIRE(file);
  std::vector<std::thread> threads;
  std::atomic<int> bad{0};
  for (std::uint64_t part = 0; part < 4; ++part)
    threads.emplace_back([&, part] {
      for (std::uint64_t at = 0; at < text.size(); at += 65536)
        if (!(*file)->write(part * text.size() + at, as_bytes(std::string_view(text).substr(at, 65536)))) ++bad;
    });
  for (std::thread& thread : threads) thread.join();
  REQUIRE((*file)->finish());
  CHECK(bad == 0);
  CHECK(content(folder / "big") == text + text + text + text);
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

TEST_CASE("a full disk says how much is missing", "[source][tree_output]") {
  const TempFolder folder;
  const auto answer = support::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0)
      return "not permitted";
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    TreeWriterConfig config;
    config.root = std::move(root.value);
    auto writer = TreeWriter::open(std::move(config));
    const std::string text(3 << 20, 'x');
    const Status full = put(**writer, "f", text);
    if (full) return "it fitted";
    return std::string(to_string(full.error().id())) + " " + std::to_string(full.error().system_error()) + " " +
           full.error().sentence();
  });
  if (answer.text == "not permitted") {
    WARN("NOT RUN: mounts are not permitted here");
    return;
  }
  CHECK(answer.text ==
        "LB-TARGET-IO 28 writing 'f' in the target failed: 3145728 more bytes of it were to be written, 0 are free");
}

TEST_CASE("a limit on file sizes is an error, not a signal", "[source][tree_output]") {
  const TempFolder folder;
  const auto answer = support::in_child([&]() -> std::string {
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "no limit";
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    TreeWriterConfig config;
    config.root = std::move(root.value);
    auto writer = TreeWriter::open(std::move(config));
    return std::string(to_string(put(**writer, "f", std::string(2000, 'x')).error().id()));
  });
  CHECK(answer.text == "LB-LIMIT");
}
