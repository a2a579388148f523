// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/directory.hpp>

#include <sys/mman.h>
#include <sys/mount.h>

#include <fstream>

#include <lifeboat/source/adapt.hpp>
#include <lifeboat/testing/laws/source.hpp>

#include "catch.hpp"
#include "support/collected.hpp"
#include "support/in_child.hpp"
#include "support/random_tree.hpp"
#include "support/temp_folder.hpp"

namespace test_directory {

namespace {

using namespace lifeboat;
using support::Collected;
using support::TempFolder;

static_assert(Source<Directory>);

Directory open_directory(Directory::Config config) {
  auto directory = Directory::open(std::move(config));
  INFO((directory ? std::string() : directory.error().sentence()));
  REQUIRE(directory);
  return std::move(*directory);
}

/// Breaks most laws of a source.
struct Broken {
  struct Config {};
  static constexpr std::string_view name = "broken";
  static Result<Broken> open(Config) { return Broken{}; }
  Result<SourceFacts> facts() {
    SourceFacts facts;
    facts.id = ".bad";
    return facts;
  }
  Result<Cut> freeze() { return Cut{}; }
  void thaw() noexcept {}
  Status scan(EntrySink& sink, std::stop_token) {
    struct Nothing final : Content {
      Status details(Entry&) override { return ok(); }
      Status open() override { return ok(); }
      Result<FileStamp> stamp() override { return FileStamp{}; }
      Status segments(FunctionRef<Status(Segment)>) override { return ok(); }
      Result<std::size_t> read(std::uint64_t, MutableBytes) override { return std::size_t{0}; }
      void close() noexcept override {}
    };
    for (const char* path : {"", "b", "a", "c/d"}) {
      Entry entry;
      entry.path = path;
      entry.type = path[0] == '\0' ? EntryType::directory : EntryType::file;
      entry.size = 5;
      if (!sink.entry(std::move(entry), std::make_unique<Nothing>())) return ok();
    }
    return ok();
  }
};

}  // namespace

TEST_CASE("Directory keeps the laws of a source", "[source][directory]") {
  const TempFolder folder;
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  support::RandomTree tree(folder.path(), seed);
  tree.create();
  const testing::Laws laws = testing::source_laws(open_directory({.id = "x", .root = folder.path()}));
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("the laws catch a source that breaks them", "[source][directory]") {
  const testing::Laws laws = testing::source_laws(Broken{});
  INFO(laws.report());
  CHECK_FALSE(laws.holds("the id is valid"));
  CHECK_FALSE(laws.holds("the root comes first, then every path once, in order, below a folder told before"));
  CHECK_FALSE(laws.holds("a file reads whole and twice the same, and stops at its end"));
  CHECK_FALSE(laws.holds("a stop is obeyed"));
  CHECK_FALSE(laws.holds("the sink's error ends the scan"));
  CHECK(laws.holds("thaw follows a freeze, none and another thaw alike"));
}

TEST_CASE("a root that is not there, no folder, or not named is refused", "[source][directory]") {
  const TempFolder folder;
  std::ofstream(folder / "file") << "x";
  const auto missing = Directory::open({.root = folder / "nothing"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().id() == ErrorId::source_missing);
  CHECK(missing.error().is_unchanged());
  CHECK(missing.error().next() == "ls -ld " + (folder / "nothing"));
  CHECK(Directory::open({.root = folder / "file"}).error().id() == ErrorId::source_missing);
  CHECK(Directory::open({.id = "x"}).error().id() == ErrorId::config);
  CHECK(Directory::open({.id = "a/b", .root = folder.path()}).error().id() == ErrorId::source_id);
  CHECK(Directory::open({.root = folder.path(), .exclude = {"["}}).error().id() == ErrorId::pattern);
  CHECK(Directory::open({.root = folder.path(), .append_only = {"["}}).error().id() == ErrorId::pattern);
  Directory gone = open_directory({.root = folder.path()});
  REQUIRE(::unlink((folder / "file").c_str()) == 0);
  REQUIRE(::rmdir(folder.path().c_str()) == 0);
  Collected seen;
  CHECK(gone.scan(seen, {}).error().id() == ErrorId::source_missing);
  CHECK(gone.facts().error().id() == ErrorId::source_missing);
  CHECK(gone.flush().error().id() == ErrorId::source_missing);
}

TEST_CASE("a relative root is made absolute, and a dot has the folder's name", "[source][directory]") {
  const TempFolder folder;
  ::mkdir((folder / "ledger").c_str(), 0755);
  const auto answer = support::in_child([&]() -> std::string {
    if (::chdir((folder / "ledger").c_str()) != 0) return "no folder";
    auto dot = Directory::open({.root = "."});
    auto above = Directory::open({.root = "../ledger/"});
    if (!dot || !above) return "not opened";
    if (::chdir("/") != 0 || !dot->facts() || !above->facts()) return "lost";
    return dot->id() + " " + above->id();
  });
  CHECK(answer.text == "ledger ledger");
}

TEST_CASE("facts of the root", "[source][directory]") {
  const TempFolder folder;
  const Directory directory = open_directory(
      {.id = "x", .root = folder.path(), .exclude = {"*.tmp"}, .only = {"/a"}, .append_only = {"*.log"}});
  const auto facts = directory.facts();
  REQUIRE(facts);
  CHECK(facts->id == "x");
  CHECK(facts->url == folder.path());
  CHECK(facts->rules == std::vector<std::string>{"exclude *.tmp", "only /a", "append-only *.log"});
  CHECK_FALSE(facts->is_mount);
  CHECK_FALSE(facts->device.empty());
  CHECK(open_directory({.root = "/"}).facts()->is_mount);
  CHECK(open_directory({.root = "/proc"}).facts()->is_mount);
  CHECK_FALSE(open_directory({.root = "/proc"}).facts()->times_prove);
}

TEST_CASE("a bind mount is a mount point, and what is mounted later is seen", "[source][directory]") {
  const TempFolder folder;
  ::mkdir((folder / "a").c_str(), 0755);
  ::mkdir((folder / "b").c_str(), 0755);
  std::ofstream(folder / "b/inside") << "x";
  const auto answer = support::in_child([&]() -> std::string {
    auto directory = Directory::open({.root = folder / "a"});
    if (!directory) return "not opened";
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return "not permitted";
    std::string text = directory->facts()->is_mount ? "mount " : "plain ";
    if (::mount((folder / "b").c_str(), (folder / "a").c_str(), nullptr, MS_BIND, nullptr) != 0) return "not permitted";
    text += directory->facts()->is_mount ? "mount " : "plain ";
    Collected seen;
    if (!directory->scan(seen, {})) return "not scanned";
    return text + seen.paths();
  });
  if (answer.text == "not permitted") {
    WARN("NOT RUN: mounts are not permitted here");
    return;
  }
  CHECK(answer.text == "plain mount inside");
}

TEST_CASE("rules of the config reach the scan", "[source][directory]") {
  const TempFolder folder;
  for (const char* path : {"a.log", "b.tmp", "c.txt", "d.txt"}) std::ofstream(folder / path) << "x";
  Directory directory = open_directory({.root = folder.path(),
                                        .exclude = {"*.tmp", "d.*"},
                                        .only = {"*.log", "*.tmp", "*.txt"},
                                        .append_only = {"*.log"}});
  Collected seen;
  REQUIRE(directory.scan(seen, {}));
  CHECK(seen.paths() == "a.log c.txt");
  CHECK((seen.find("a.log")->entry.flags & entry_flag::prefix) != 0);
}

TEST_CASE("what changed just before the flush is racy, and what is older is not", "[source][directory]") {
  const TempFolder folder;
  std::ofstream(folder / "x") << "x";
  Directory directory = open_directory({.root = folder.path()});
  REQUIRE(directory.flush());
  Collected seen;
  REQUIRE(directory.scan(seen, {}));
  CHECK((seen.find("x")->entry.flags & entry_flag::racy) != 0);
  if (!directory.facts()->times_prove) return;
  Directory old = open_directory({.root = "/etc"});
  if (!old.facts()->times_prove) return;
  Collected settled;
  settled.details = false;
  REQUIRE(old.scan(settled, {}));
  struct stat state {};
  REQUIRE(::stat("/etc/passwd", &state) == 0);
  if (state.st_ctim.tv_sec < ::time(nullptr) - 60) CHECK((settled.find("passwd")->entry.flags & entry_flag::racy) == 0);
}

TEST_CASE("after a flush a store through a mapping moves the times", "[source][directory]") {
  const TempFolder folder;
  Directory directory = open_directory({.root = folder.path()});
  if (!directory.facts()->times_prove) {
    WARN("NOT RUN: times prove nothing on this file system");
    return;
  }
  const int fd = ::open((folder / "mapped").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::ftruncate(fd, 4096) == 0);
  auto* page = static_cast<char*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  REQUIRE(page != MAP_FAILED);
  page[0] = 'a';
  const struct timespec past[2] = {{1000, 0}, {1000, 0}};
  REQUIRE(::futimens(fd, past) == 0);
  REQUIRE(directory.flush());
  page[1] = 'b';
  Collected seen;
  REQUIRE(directory.scan(seen, {}));
  CHECK(seen.find("mapped")->entry.mtime.seconds != 1000);
  ::munmap(page, 4096);
  ::close(fd);
}

}  // namespace test_directory
