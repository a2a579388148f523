// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/scan.hpp>

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>
#include <thread>

#include "catch.hpp"
#include "support/collected.hpp"
#include "support/compare_trees.hpp"
#include "support/in_child.hpp"
#include "support/random_tree.hpp"
#include "support/scan_path.hpp"
#include "support/temp_folder.hpp"

namespace test_scan {

namespace {

using namespace lifeboat;
using support::Collected;
using support::opened;
using support::scan;
using support::TempFolder;
using support::write;

}  // namespace

TEST_CASE("a scan tells the root first and then everything in order", "[source][scan]") {
  const TempFolder folder;
  ::mkdir((folder / "a").c_str(), 0755);
  write(folder / "a/b");
  write(folder / "a.b");
  write(folder / "a-b");
  ::mkdir((folder / "a/z").c_str(), 0755);
  write(folder / "a/z/\xff");
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  CHECK(seen.entries[0].entry.path.empty());
  CHECK(seen.entries[0].entry.type == EntryType::directory);
  CHECK(seen.paths() == "a a/b a/z a/z/\xff a-b a.b");
  for (std::size_t i = 1; i < seen.entries.size(); ++i)
    CHECK((compare_paths(seen.entries[i - 1].entry.path, seen.entries[i].entry.path) < 0));
  CHECK(seen.unreadables.empty());
  CHECK(seen.skips.empty());
}

TEST_CASE("a random tree is told whole", "[source][scan]") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  for (std::uint64_t round = 0; round < 10; ++round) {
    const TempFolder folder;
    support::RandomTree tree(folder.path(), seed + round);
    tree.create();
    INFO("round " << round);
    INFO(tree.change(20));
    const auto expected = support::read_tree(folder.path());
    const bool calls = round % 2 == 0;  // the other rounds read attributes through /proc
    Collected seen;
    ScanOptions options;
    options.attribute_calls = calls;
    REQUIRE(scan(folder.path(), seen, options));
    REQUIRE(seen.entries.size() == expected.size());
    for (auto& [entry, content] : seen.entries) {
      INFO("path " << entry.path);
      const auto at = expected.find(entry.path);
      REQUIRE(at != expected.end());
      const auto& [state, target, attributes, hash, data, first] = at->second;
      REQUIRE(entry.mode == (state.st_mode & 07777U));
      REQUIRE(entry.uid == state.st_uid);
      REQUIRE(entry.gid == state.st_gid);
      REQUIRE(entry.mtime == detail::timestamp(state.st_mtim));
      REQUIRE(entry.ctime == detail::timestamp(state.st_ctim));
      REQUIRE(entry.device == state.st_dev);
      REQUIRE(entry.inode == state.st_ino);
      REQUIRE(entry.links == state.st_nlink);
      REQUIRE(entry.attributes.size() == attributes.size());
      auto one = attributes.begin();
      for (const ExtendedAttribute& attribute : entry.attributes) {
        REQUIRE(attribute.name == one->first);
        REQUIRE(as_text(attribute.value) == one->second);
        ++one;
      }
      switch (state.st_mode & S_IFMT) {
        case S_IFDIR:
          REQUIRE(entry.type == EntryType::directory);
          break;
        case S_IFLNK:
          REQUIRE(entry.type == EntryType::symlink);
          REQUIRE(entry.target == target);
          break;
        case S_IFIFO:
          REQUIRE(entry.type == EntryType::fifo);
          break;
        case S_IFCHR:
        case S_IFBLK:
          REQUIRE(entry.type == (S_ISCHR(state.st_mode) ? EntryType::char_device : EntryType::block_device));
          REQUIRE(makedev(entry.device_major, entry.device_minor) == state.st_rdev);
          break;
        default: {
          const bool again = !first.empty() && first != entry.path;
          REQUIRE(entry.type == (again ? EntryType::hardlink : EntryType::file));
          if (again) REQUIRE(entry.target == first);
          REQUIRE(entry.size == static_cast<std::uint64_t>(state.st_size));
          REQUIRE(entry.sparse == (state.st_blocks * 512 < state.st_size));
          REQUIRE(content->open());
          REQUIRE(*content->stamp() == stamp_of(entry));
          std::uint64_t bytes = 0;
          REQUIRE(content->segments([&](Segment segment) {
            bytes += segment.length;
            return ok();
          }));
          REQUIRE(bytes == data);
          Bytes all(entry.size + 10);
          REQUIRE(*content->read(0, all) == entry.size);
          content->close();
        }
      }
    }
  }
}

TEST_CASE("a socket is left out and said", "[source][scan]") {
  const TempFolder folder;
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / "s").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(socket);
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  CHECK(seen.paths().empty());
  REQUIRE(seen.skips.size() == 1);
  CHECK(seen.skips[0].first == "s");
  CHECK(seen.skips[0].second.id() == ErrorId::entry_skipped);
}

TEST_CASE("the first name of a hard link is the first that the rules take", "[source][scan]") {
  const TempFolder folder;
  write(folder / "a");
  REQUIRE(::link((folder / "a").c_str(), (folder / "b").c_str()) == 0);
  REQUIRE(::link((folder / "a").c_str(), (folder / "c").c_str()) == 0);
  Collected all;
  REQUIRE(scan(folder.path(), all));
  CHECK(all.find("a")->entry.type == EntryType::file);
  CHECK(all.find("b")->entry.target == "a");
  CHECK(all.find("c")->entry.target == "a");
  CHECK(all.find("c")->content->open());
  const auto rules = Rules::parse(std::vector<std::string>{"/a"}, std::vector<std::string>{});
  ScanOptions options;
  options.rules = &*rules;
  Collected some;
  REQUIRE(scan(folder.path(), some, options));
  CHECK(some.paths() == "b c");
  CHECK(some.find("b")->entry.type == EntryType::file);
  CHECK(some.find("c")->entry.target == "b");
}

TEST_CASE("rules prune, and folders above what is wanted are kept", "[source][scan]") {
  const TempFolder folder;
  for (const char* path : {"a", "a/b", "c", "c/d", "e"}) ::mkdir((folder / path).c_str(), 0755);
  for (const char* path : {"a/b/x.txt", "a/y.bin", "c/d/z.bin", "w.txt", "e/v.txt"}) write(folder / path);
  const auto rules = Rules::parse(std::vector<std::string>{"/e"}, std::vector<std::string>{"*.txt"});
  ScanOptions options;
  options.rules = &*rules;
  Collected seen;
  REQUIRE(scan(folder.path(), seen, options));
  CHECK(seen.paths() == "a a/b a/b/x.txt w.txt");
}

TEST_CASE("append-only files are flagged", "[source][scan]") {
  const TempFolder folder;
  ::mkdir((folder / "log").c_str(), 0755);
  write(folder / "log/1");
  write(folder / "x.wal");
  write(folder / "y");
  const auto list = PatternList::parse(std::vector<std::string>{"/log", "*.wal"});
  ScanOptions options;
  options.append_only = &*list;
  Collected seen;
  REQUIRE(scan(folder.path(), seen, options));
  CHECK((seen.find("log/1")->entry.flags & entry_flag::prefix) != 0);
  CHECK((seen.find("x.wal")->entry.flags & entry_flag::prefix) != 0);
  CHECK((seen.find("y")->entry.flags & entry_flag::prefix) == 0);
}

TEST_CASE("files changed too shortly before, or where times prove nothing, are racy", "[source][scan]") {
  const TempFolder folder;
  write(folder / "x");
  struct stat state {};
  REQUIRE(::stat((folder / "x").c_str(), &state) == 0);
  const bool trusted = source_file_system(opened(folder.path()).get()).times_trusted;
  ScanOptions options;
  const Timestamp changed = detail::timestamp(state.st_ctim);
  for (const int step : {-1, 0}) {
    options.racy_after = {changed.seconds + step, changed.nanoseconds};
    Collected seen;
    REQUIRE(scan(folder.path(), seen, options));
    CHECK(((seen.find("x")->entry.flags & entry_flag::racy) != 0) == (!trusted || step < 0));
  }
  const TempFolder memory("/dev/shm");
  if (source_file_system(opened(memory.path()).get()).name != "tmpfs") return;
  write(memory / "x");
  Collected seen;
  REQUIRE(scan(memory.path(), seen));
  CHECK((seen.find("x")->entry.flags & entry_flag::racy) != 0);
}

TEST_CASE("a folder swapped for a link leads nowhere", "[source][scan]") {
  const TempFolder folder;
  const TempFolder outside;
  write(outside / "secret");
  for (const char* name : {"a", "b", "c"}) {
    ::mkdir((folder / name).c_str(), 0755);
    write((folder / name) + "/x");
  }
  Collected seen;
  seen.on_entry = [&](const std::string& path) {
    if (path == "a") {  // the folder that is told right now, and the next one
      REQUIRE(::rename((folder / "a").c_str(), (outside / "moved-a").c_str()) == 0);
      REQUIRE(::symlink(outside.path().c_str(), (folder / "a").c_str()) == 0);
      REQUIRE(::rename((folder / "b").c_str(), (outside / "moved-b").c_str()) == 0);
      REQUIRE(::symlink(outside.path().c_str(), (folder / "b").c_str()) == 0);
    }
    if (path == "c/x") {  // the file that is told right now
      REQUIRE(::unlink((folder / "c/x").c_str()) == 0);
      REQUIRE(::symlink((outside / "secret").c_str(), (folder / "c/x").c_str()) == 0);
    }
  };
  seen.details = false;
  REQUIRE(scan(folder.path(), seen));
  CHECK(seen.paths() == "a a/x b c c/x");
  CHECK(seen.find("b")->entry.type == EntryType::symlink);
  CHECK(seen.find("a/x")->content->open());  // still the folder that was opened
  const Status replaced = seen.find("c/x")->content->open();
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().id() == ErrorId::entry_vanished);
}

TEST_CASE("what vanishes between listing and looking is no error", "[source][scan]") {
  const TempFolder folder;
  write(folder / "a");
  write(folder / "b");
  ::mkdir((folder / "c").c_str(), 0755);
  Collected seen;
  seen.on_entry = [&](const std::string& path) {
    if (path != "a") return;
    ::unlink((folder / "b").c_str());
    ::rmdir((folder / "c").c_str());
  };
  REQUIRE(scan(folder.path(), seen));
  CHECK(seen.paths() == "a");
  CHECK(seen.unreadables.empty());
}

TEST_CASE("a stop is obeyed, and the sink's error ends the scan", "[source][scan]") {
  const TempFolder folder;
  write(folder / "a");
  write(folder / "b");
  std::stop_source stop;
  Collected seen;
  seen.on_entry = [&](const std::string& path) {
    if (path == "a") stop.request_stop();
  };
  const FileDescriptor root = opened(folder.path());
  const Status stopped = scan_tree(root.get(), {}, seen, stop.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().id() == ErrorId::interrupted);
  CHECK(seen.paths() == "a");
  Collected full;
  full.answer = Error{ErrorId::medium_full, "full"};
  CHECK(scan(folder.path(), full).error().id() == ErrorId::medium_full);
}

TEST_CASE("what may not be read is told as unreadable, never left out", "[source][scan]") {
  const TempFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  ::mkdir((folder / "closed").c_str(), 0755);
  write(folder / "closed/x");
  ::mkdir((folder / "listed").c_str(), 0755);
  write(folder / "listed/y");
  REQUIRE(::mkfifo((folder / "listed/z").c_str(), 0644) == 0);
  REQUIRE(::symlink("y", (folder / "listed/l").c_str()) == 0);
  REQUIRE(::mknod((folder / "listed/s").c_str(), S_IFSOCK | 0644, 0) == 0);
  write(folder / "file");
  REQUIRE(::chmod((folder / "closed").c_str(), 0000) == 0);
  REQUIRE(::chmod((folder / "listed").c_str(), 0744) == 0);
  REQUIRE(::chmod((folder / "file").c_str(), 0000) == 0);
  const auto answer = support::in_child([&]() -> std::string {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return "can not drop root";
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    if (!root) return "can not open";
    Collected seen;
    seen.details = false;
    const Status done = scan_tree(root.value.get(), {}, seen, {});
    std::string text = done ? seen.paths() : done.error().sentence();
    for (const auto& [entry, error] : seen.unreadables)
      text += " !" + entry.path + (entry.type == EntryType::directory ? "/" : "") +
              (entry.type == EntryType::fifo ? "|" : entry.type == EntryType::symlink ? "@" : "") +
              ((entry.flags & entry_flag::unreadable) != 0 ? "" : "?") +
              (error.id() == ErrorId::entry_unreadable && error.system_error() == EACCES ? "" : "?");
    auto* file = seen.find("file");
    if (file == nullptr) return text;
    const Status open = file->content->open();
    return text + (open ? " opened" : " " + std::string(to_string(open.error().id())));
  });
  REQUIRE(answer.status == 0);
  if (::geteuid() == 0) {
    CHECK(answer.text == "file listed !closed/ !listed/l@ !listed/y !listed/z| LB-ENTRY-UNREADABLE");
  } else {  // the owner may look into "listed"
    CHECK(answer.text == "file listed listed/l listed/y listed/z !closed/ LB-ENTRY-UNREADABLE");
  }
  ::chmod((folder / "closed").c_str(), 0755);
}

}  // namespace test_scan
