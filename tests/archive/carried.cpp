// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/carried.hpp>

#include "support/bench.hpp"

namespace test_carried {

using namespace lifeboat;
using support::Bench;

namespace {

/// A file of three names, two of which lie in a folder that can not be read from the second backup on.
struct Linked : Bench {
  BackupReport first;
  Linked() {
    source->file("a", "the first content").entry.links = 3;
    source->folder("u");
    for (const char* path : {"u/link", "u/more"}) {
      auto& link = source->file(path, "");
      link.entry.type = EntryType::hardlink;
      link.entry.target = "a";
      link.entry.links = 3;
      link.entry.inode = source->at("a").entry.inode;
    }
    first = backup();
    source->unreadable["u"] = EACCES;
  }
  /// The names that can not be read have the content that the base knows, and are names of one file.
  void check_kept(const BackupReport& report) {
    const ManifestEntry kept = entry(report, "u/link");
    CHECK(kept.entry.type == EntryType::file);
    CHECK((kept.entry.flags & entry_flag::unreadable) != 0);
    CHECK(kept.digest == entry(first, "a").digest);
    REQUIRE(kept.extents.size() == 1);
    CHECK(kept.extents[0].archive == 1);
    CHECK(entry(report, "u/more").entry.type == EntryType::hardlink);
    CHECK(entry(report, "u/more").entry.target == "u/link");
  }
};

}  // namespace

TEST_CASE("a name that can not be read keeps its content when its first name is removed") {
  Linked b;
  b.source->remove("a");
  b.check_kept(b.backup());
}

TEST_CASE("a name that can not be read is no link to another file that took its first name") {
  Linked b;
  b.source->remove("a");
  auto& other = b.source->file("a", "another content");
  SECTION("a file") {}
  SECTION("a file that vanishes") { other.vanishes = true; }
  SECTION("a folder") {
    b.source->remove("a");
    b.source->folder("a");
  }
  b.check_kept(b.backup());
}

TEST_CASE("a name that can not be read keeps its content when its first name vanishes under the backup") {
  Linked b;
  b.source->change("a", "changed, so that it is read");
  b.source->at("a").vanishes = true;
  b.check_kept(b.backup());
}

TEST_CASE("a name that can not be read stays a link to a first name that stands") {
  Linked b;
  b.source->change("a", "the same file, written to");
  const auto report = b.backup();
  CHECK(b.entry(report, "u/link").entry.type == EntryType::hardlink);
  CHECK(b.entry(report, "u/link").entry.target == "a");
  CHECK(b.entry(report, "u/more").entry.target == "a");
}

TEST_CASE("a hard link that can not be looked at, of which the folder tells a file, stays what it was") {
  Linked b;
  b.source->unreadable.clear();
  b.source->unreadable["u/link"] = EACCES;
  b.source->at("u/link").entry.type = EntryType::file;
  const auto report = b.backup();
  CHECK(b.entry(report, "u/link").entry.type == EntryType::hardlink);
  CHECK(b.entry(report, "u/link").entry.target == "a");
  CHECK((b.entry(report, "u/link").entry.flags & entry_flag::no_content) == 0);
}

TEST_CASE("a file that can not be read is carried under its name, whoever had its inode before") {
  Bench b;
  b.source->file("a", "of a");
  b.source->file("z", "of another");
  const auto first = b.backup();
  const std::uint64_t inode = b.source->at("z").entry.inode;
  b.source->remove("z");
  b.source->change("a", "replaced");
  b.source->at("a").entry.inode = inode;
  b.source->at("a").read_error = EACCES;
  const auto second = b.backup();
  CHECK((b.entry(second, "a").entry.flags & entry_flag::no_content) == 0);
  CHECK(b.entry(second, "a").digest == b.entry(first, "a").digest);
}

}  // namespace test_carried
