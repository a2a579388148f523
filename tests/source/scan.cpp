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
#include "support/temp_folder.hpp"

namespace {

using namespace lifeboat;
using support::Collected;
using support::TempFolder;

FileDescriptor opened(const std::string& path) {
  auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(folder);
  return std::move(folder.value);
}

void write(const std::string& path, const std::string& text = "x") { std::ofstream(path, std::ios::binary) << text; }

Status scan(const std::string& root, Collected& into, const ScanOptions& options = {}) {
  const FileDescriptor folder = opened(root);
  return scan_tree(folder.get(), options, into, std::stop_token{});
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (int fd = 0; fd < 4096; ++fd) count += ::fcntl(fd, F_GETFD) != -1 ? 1 : 0;
  return count;
}

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

TEST_CASE("owner names are told where the machine knows them", "[source][scan]") {
  const TempFolder folder;
  write(folder / "mine");
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  const passwd* me = ::getpwuid(::geteuid());
  CHECK(seen.find("mine")->entry.owner == (me != nullptr ? me->pw_name : ""));
  if (::geteuid() != 0) return;
  REQUIRE(::chown((folder / "mine").c_str(), 987654, 987655) == 0);
  Collected again;
  REQUIRE(scan(folder.path(), again));
  CHECK(again.find("mine")->entry.owner.empty());
  CHECK(again.find("mine")->entry.group.empty());
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

TEST_CASE("many files with two names are remembered only while a name is missing", "[source][scan]") {
  LinkTable table;
  for (std::uint64_t i = 0; i < 5000; ++i) REQUIRE(table.seen(1, i * 64, 3, "first " + std::to_string(i)) == nullptr);
  for (int more = 0; more < 2; ++more)
    for (std::uint64_t i = 5000; i-- > 0;) {
      const std::string* first = table.seen(1, i * 64, 3, "other");
      REQUIRE(first != nullptr);
      REQUIRE(*first == "first " + std::to_string(i));
    }
  CHECK(table.size() == 0);
  CHECK(table.seen(1, 64, 3, "new") == nullptr);
  CHECK(table.seen(2, 64, 3, "new") == nullptr);
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

TEST_CASE("holes cost nothing to read", "[source][scan]") {
  const TempFolder folder;
  const int fd = ::open((folder / "sparse").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::ftruncate(fd, off_t{1} << 40) == 0);
  REQUIRE(::pwrite(fd, "data", 4, off_t{1} << 39) == 4);
  ::close(fd);
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  auto* found = seen.find("sparse");
  CHECK(found->entry.sparse);
  REQUIRE(found->content->open());
  std::vector<Segment> segments;
  REQUIRE(found->content->segments([&](Segment segment) {
    segments.push_back(segment);
    return ok();
  }));
  REQUIRE(segments.size() == 1);
  CHECK(segments[0].offset <= (std::uint64_t{1} << 39));
  CHECK(segments[0].length <= 65536);
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

TEST_CASE("another file under the same name is not taken for the one that was seen", "[source][scan]") {
  const TempFolder folder;
  write(folder / "a", "old");
  Collected seen;
  REQUIRE(scan(folder.path(), seen));
  write(folder / "new", "new");
  REQUIRE(::rename((folder / "new").c_str(), (folder / "a").c_str()) == 0);
  const Status status = seen.find("a")->content->open();
  REQUIRE_FALSE(status);
  CHECK(status.error().id() == ErrorId::entry_vanished);
}

TEST_CASE("thousands of levels and paths beyond PATH_MAX", "[source][scan]") {
  const TempFolder folder;
  const std::string name(40, 'd');
  int at = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < 2000; ++level) {
    REQUIRE(::mkdirat(at, name.c_str(), 0755) == 0);
    for (const char* leaf : {"a", "z"}) {
      const int fd = ::openat(at, leaf, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
      REQUIRE(::write(fd, "deep", 4) == 4);
      ::close(fd);
    }
    const int next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(at);
    at = next;
  }
  ::close(at);
  const std::size_t before = open_descriptors();
  Collected seen;
  std::size_t most = 0;
  std::size_t count = 0;
  seen.on_entry = [&](const std::string&) {
    if (++count % 500 == 0) most = std::max(most, open_descriptors());
  };
  REQUIRE(scan(folder.path(), seen));
  CHECK(seen.entries.size() == 6001);
  CHECK(most < before + 80);
  CHECK(seen.unreadables.empty());
  // handles of folders that were closed long ago find their way again
  std::size_t longest = 0;
  for (std::size_t i = 0; i < seen.entries.size(); i += 97) {
    auto& [entry, content] = seen.entries[i];
    longest = std::max(longest, entry.path.size());
    if (entry.type != EntryType::file) continue;
    const auto bytes = support::read_all(*content, entry.size);
    REQUIRE(bytes);
    CHECK(as_text(*bytes) == "deep");
  }
  CHECK(longest > 50000);
  seen.entries.clear();
  CHECK(open_descriptors() == before);
}

TEST_CASE("worker threads use handles after the scan has ended", "[source][scan]") {
  const TempFolder folder;
  for (int i = 0; i < 200; ++i) {
    ::mkdir((folder / std::to_string(i)).c_str(), 0755);
    write(folder / (std::to_string(i) + "/x"), std::to_string(i));
  }
  Collected seen;
  seen.details = false;
  REQUIRE(scan(folder.path(), seen));
  std::atomic<std::size_t> next{0};
  std::atomic<int> bad{0};
  const auto work = [&] {
    for (;;) {
      const std::size_t i = next++;
      if (i >= seen.entries.size()) return;
      auto& [entry, content] = seen.entries[i];
      if (!content->details(entry)) ++bad;
      if (entry.type != EntryType::file) continue;
      const auto bytes = support::read_all(*content, entry.size);
      if (!bytes || as_text(*bytes) != entry.path.substr(0, entry.path.find('/'))) ++bad;
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  CHECK(bad == 0);
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
              ((entry.flags & entry_flag::unreadable) != 0 ? "" : "?") +
              (error.id() == ErrorId::entry_unreadable && error.system_error() == EACCES ? "" : "?");
    auto* file = seen.find("file");
    if (file == nullptr) return text;
    const Status open = file->content->open();
    return text + (open ? " opened" : " " + std::string(to_string(open.error().id())));
  });
  REQUIRE(answer.status == 0);
  if (::geteuid() == 0) {
    CHECK(answer.text == "file listed !closed/ !listed/y LB-ENTRY-UNREADABLE");
  } else {  // the owner may look into "listed"
    CHECK(answer.text == "file listed listed/y !closed/ LB-ENTRY-UNREADABLE");
  }
  ::chmod((folder / "closed").c_str(), 0755);
}

TEST_CASE("running out of descriptors is an error of the scan, not of an entry", "[source][scan]") {
  const TempFolder folder;
  std::string path = folder.path();
  for (int i = 0; i < 30; ++i) ::mkdir((path += "/d").c_str(), 0755);
  write(path + "/x");
  const auto answer = support::in_child([&]() -> std::string {
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    const int next = ::dup(root.value.get());
    std::string text;
    for (const rlim_t room : {rlim_t{8}, rlim_t{2}}) {
      const rlimit limit{static_cast<rlim_t>(next) + room, static_cast<rlim_t>(next) + 64};
      if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return "no limit";
      Collected seen;
      seen.details = false;
      seen.keep_contents = false;
      const Status done = scan_tree(root.value.get(), {}, seen, {});
      text += (done ? std::to_string(seen.entries.size()) : std::string(to_string(done.error().id()))) + " " +
              std::to_string(seen.unreadables.size()) + "; ";
    }
    return text;
  });
  CHECK(answer.text == "32 0; LB-LIMIT 0; ");
}

TEST_CASE("other file systems are entered only when asked", "[source][scan]") {
  const TempFolder folder;
  ::mkdir((folder / "mnt").c_str(), 0755);
  ::mkdir((folder / "bind").c_str(), 0755);
  ::mkdir((folder / "src").c_str(), 0755);
  write(folder / "src/inside");
  write(folder / "target");
  const auto answer = support::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", (folder / "mnt").c_str(), "tmpfs", 0, nullptr) != 0 ||
        ::mount((folder / "src").c_str(), (folder / "bind").c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount((folder / "src/inside").c_str(), (folder / "target").c_str(), nullptr, MS_BIND, nullptr) != 0)
      return "not permitted";
    write(folder / "mnt/m");
    std::string text;
    for (const bool cross : {false, true}) {
      ScanOptions options;
      options.cross_mounts = cross;
      auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
      Collected seen;
      const Status done = scan_tree(root.value.get(), options, seen, {});
      if (!done) return done.error().sentence();
      for (auto& [entry, content] : seen.entries) {
        text += entry.path + ((entry.flags & entry_flag::mount_point) != 0 ? "(mount) " : " ");
        if (entry.path == "mnt/m" && (entry.flags & entry_flag::racy) == 0) text += "(trusted) ";
      }
      for (auto& [path, error] : seen.skips) text += "-" + path + (error.id() == ErrorId::entry_skipped ? " " : "? ");
      text += "| ";
    }
    return text;
  });
  if (answer.text == "not permitted") {
    WARN("NOT RUN: mounts are not permitted here");
    return;
  }
  CHECK(answer.text ==
        " bind(mount) mnt(mount) src src/inside -bind -mnt -target |  bind bind/inside mnt mnt/m src src/inside target "
        "| ");
}

TEST_CASE("without /proc and the newer calls the missing attributes are said", "[source][scan]") {
  const TempFolder folder;
  write(folder / "x");
  const auto answer = support::in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/proc", "tmpfs", 0, nullptr) != 0)
      return "not permitted";
    ScanOptions options;
    options.attribute_calls = false;
    Collected seen;
    auto root = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
    const Status done = scan_tree(root.value.get(), options, seen, {});
    return done ? "silent" : std::string(to_string(done.error().id())) + " " + done.error().next();
  });
  if (answer.text == "not permitted") {
    WARN("NOT RUN: mounts are not permitted here");
    return;
  }
  CHECK(answer.text == "LB-ENTRY-UNREADABLE mount -t proc proc /proc");
}

TEST_CASE("an I/O error names the file and the bytes", "[source][scan]") {
  const auto rules = Rules::parse(std::vector<std::string>{}, std::vector<std::string>{"/mem"});
  ScanOptions options;
  options.rules = &*rules;
  Collected seen;  // nothing is mapped at address 0, and the kernel answers EIO
  REQUIRE(scan("/proc/self", seen, options));
  auto* memory = seen.find("mem");
  REQUIRE(memory != nullptr);
  REQUIRE(memory->content->open());
  Bytes buffer(100);
  const auto got = memory->content->read(0, buffer);
  REQUIRE_FALSE(got);
  CHECK(got.error().id() == ErrorId::entry_unreadable);
  CHECK(got.error().system_error() == EIO);
  CHECK(got.error().sentence() == "reading bytes 0 to 100 of 'mem' failed");
}
